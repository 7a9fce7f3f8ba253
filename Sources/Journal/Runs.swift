package import Candles
import Foundation
import GRDB
import SQLiteRows

extension Journal {
    private static let runMemory = Duration.seconds(90 * 86_400)

    /// Notes that a job began; one without an end was killed, or is still running.
    ///
    /// Runs of this job and series that began longer than `memory` ago are forgotten: a job of every minute needs little.
    package func beginRun(job: String, series: String?, memory: Duration = runMemory) async throws -> Int64 {
        let pid = ProcessInfo.processInfo.processIdentifier
        return try await write { [uptime] db, now in
            let ages = try ClockTable(db: db, uptime: uptime()).ages(at: now)
            try db.execute(
                sql: "DELETE FROM runs WHERE started_at < ? OR (job = ? AND series IS ? AND started_at < ?)",
                arguments: [ages - Self.runMemory.milliseconds, job, series, ages - memory.milliseconds])
            try db.execute(
                sql: "INSERT INTO runs(job, series, pid, started_at) VALUES (?, ?, ?, ?)",
                arguments: [job, series, pid, now])
            return db.lastInsertedRowID
        }
    }

    /// Notes how it ended.
    package func endRun(_ run: Int64, outcome: String, message: String?) async throws {
        try await write { db, now in
            try db.execute(
                sql: "UPDATE runs SET ended_at = ?, outcome = ?, message = ? WHERE id = ?",
                arguments: [now, outcome, message, run])
        }
    }

    /// Notes how far it is, in whatever its job counts; without effect once it has ended.
    package func noteProgress(of run: Int64, done: Int, total: Int) async throws {
        try await write { db, now in
            try db.cachedStatement(
                sql: "UPDATE runs SET done = ?, total = ?, progress_at = ? WHERE id = ? AND ended_at IS NULL"
            ).execute(arguments: [done, total, now, run])
        }
    }

    /// When the last run of a job and series ended that came to such an end; nil where none is remembered.
    package func lastEnd(of job: String, series: String, outcome: String) async throws -> UnixMilliseconds? {
        try await read { db in
            try Int64.fetchOne(
                db, sql: "SELECT max(ended_at) FROM runs WHERE job = ? AND series = ? AND outcome = ?",
                arguments: [job, series, outcome])
        }
    }

    /// The latest runs of all jobs, newest first.
    package func runs(limit: Int) async throws -> [JobRun] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM runs ORDER BY id DESC LIMIT ?", arguments: [limit])
                .map(JobRun.init)
        }
    }
}

extension JobRun {
    /// Whether it ended, and otherwise than it may; a run that a person stopped did not fail.
    package var hasFailed: Bool { endedAt != nil && Self.isFailure(outcome: outcome, message: message) }

    /// Whether it ended and left nothing to do.
    var isWhole: Bool { endedAt != nil && RunOutcome(rawValue: outcome ?? "")?.isWhole == true }

    static func isFailure(outcome: String?, message: String?) -> Bool {
        RunOutcome(rawValue: outcome ?? "")?.isGood != true && message != RunOutcome.stopped.rawValue
    }
}

/// One run of a job, as the journal has it.
package struct JobRun: Sendable, Equatable {
    package let id: Int64
    package let job: String
    package let series: String?
    package let pid: Int32
    package let startedAt: UnixMilliseconds
    package let endedAt: UnixMilliseconds?
    package let outcome: String?
    package let message: String?
    package let progress: RunProgress?

    init(_ row: Row) {
        id = row["id"]
        job = row["job"]
        series = row["series"]
        pid = row["pid"]
        startedAt = row["started_at"]
        endedAt = row["ended_at"]
        outcome = row["outcome"]
        message = row["message"]
        progress = (row["total"] as Int?).map {
            RunProgress(done: row["done"] ?? 0, total: $0, at: row["progress_at"] ?? row["started_at"])
        }
    }
}

extension Journal {
    /// The newest ended runs of each job and series that ended since a time, newest first, at most `limit` of each.
    package func latestRuns(since: UnixMilliseconds, limit: Int) async throws -> [JobRun] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM (
                        SELECT *, row_number() OVER (PARTITION BY job, series ORDER BY id DESC) AS place FROM runs
                        WHERE started_at >= ? AND ended_at IS NOT NULL)
                    WHERE place <= ? ORDER BY job, series, id DESC
                    """, arguments: [since, limit]
            ).map(JobRun.init)
        }
    }
}
