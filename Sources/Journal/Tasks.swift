package import Candles
import GRDB
import SQLiteRows

extension Journal {
    /// When each task of the scheduler is due next, by name.
    package func taskTimes() async throws -> [String: UnixMilliseconds] {
        try await read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT name, next_at FROM tasks")
            // Names that differ in SQLite may be one to Swift.
            return Dictionary(rows.map { ($0[0], $0[1]) }, uniquingKeysWith: max)
        }
    }

    /// Notes when tasks are due next, so that another process knows; `interval` is how often each is wanted.
    package func setTaskTimes(_ times: [TaskTime]) async throws {
        try await write { db, _ in
            for time in times {
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO tasks(name, interval, next_at) VALUES (?, ?, ?)")
                    .execute(arguments: [time.name, time.interval.milliseconds, time.nextAt])
            }
        }
    }

    /// Closes the runs of a job that have no end, whose process is known to be gone; returns their series.
    package func endKilledRuns(job: String) async throws -> [String] {
        try await write { db, now in
            let killed = try String.fetchAll(
                db, sql: "SELECT coalesce(series, '') FROM runs WHERE job = ? AND ended_at IS NULL", arguments: [job])
            try db.execute(
                sql: "UPDATE runs SET ended_at = ?, outcome = ? WHERE job = ? AND ended_at IS NULL",
                arguments: [now, RunOutcome.killed.rawValue, job])
            return killed
        }
    }
}

/// When a task is due next.
package struct TaskTime: Sendable, Equatable {
    package let name: String
    package let interval: Duration
    package let nextAt: UnixMilliseconds

    package init(name: String, interval: Duration, nextAt: UnixMilliseconds) {
        self.name = name
        self.interval = interval
        self.nextAt = nextAt
    }
}
