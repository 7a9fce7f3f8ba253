package import Candles
import Foundation
import GRDB

extension Journal {
    private static let runMemory: Int64 = 90 * 86_400_000

    /// Notes that a job began; one without an end was killed, or is still running.
    package func beginRun(job: String, series: String?) async throws -> Int64 {
        let pid = ProcessInfo.processInfo.processIdentifier
        return try await write { db, now in
            try db.execute(
                sql: "DELETE FROM runs WHERE started_at < ?", arguments: [now - Self.runMemory])
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

    /// The latest runs of all jobs, newest first.
    package func runs(limit: Int) async throws -> [JobRun] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM runs ORDER BY id DESC LIMIT ?", arguments: [limit])
                .map { row in
                    JobRun(
                        id: row["id"], job: row["job"], series: row["series"], startedAt: row["started_at"],
                        endedAt: row["ended_at"], outcome: row["outcome"], message: row["message"])
                }
        }
    }
}

/// One run of a job, as the journal has it.
package struct JobRun: Sendable, Equatable {
    package let id: Int64
    package let job: String
    package let series: String?
    package let startedAt: UnixMilliseconds
    package let endedAt: UnixMilliseconds?
    package let outcome: String?
    package let message: String?
}
