package import Candles
import GRDB
import SQLiteRows

/// One restart of a watched service.
package struct RestartRecord: Sendable, Equatable {
    package let id: Int64
    package let service: String
    package let at: UnixMilliseconds
    package let reason: String
    /// Nil while it is under way, or where it was killed.
    package let endedAt: UnixMilliseconds?
    package let outcome: String?
}

/// What passes of the watchdog tell each other of a service.
package struct WatchedNote: Sendable, Equatable {
    package var handsOffSince: UnixMilliseconds?
    /// What was restarted before counts no more: a person said so.
    package var resetAt: UnixMilliseconds?
    package var detail: String?

    package init(
        handsOffSince: UnixMilliseconds? = nil, resetAt: UnixMilliseconds? = nil, detail: String? = nil
    ) {
        self.handsOffSince = handsOffSince
        self.resetAt = resetAt
        self.detail = detail
    }
}

extension Journal {
    private static let restartMemory = Duration.seconds(90 * 86_400)

    /// Notes that a service is about to be restarted, unless that was done `limit` times within `window`.
    ///
    /// A row from the future, as a clock that was set back leaves them, counts only within one window of now.
    ///
    /// - Returns: The row to end; nil where the limit is reached.
    package func beginRestart(
        of service: String, reason: String, limit: Int, within window: Duration
    ) async throws -> Int64? {
        try await write { [uptime] db, now in
            let ages = try ClockTable(db: db, uptime: uptime()).ages(at: now)
            try db.execute(
                sql: "DELETE FROM restarts WHERE at < ?", arguments: [ages - Self.restartMemory.milliseconds])
            let used = try Self.restartTimes(of: service, within: window, now: now, db).count
            guard used < limit else { return nil }
            try db.execute(
                sql: "INSERT INTO restarts(service, at, reason) VALUES (?, ?, ?)", arguments: [service, now, reason])
            return db.lastInsertedRowID
        }
    }

    /// Notes how a restart ended.
    package func endRestart(_ id: Int64, outcome: String) async throws {
        try await write { db, now in
            try db.execute(
                sql: "UPDATE restarts SET ended_at = ?, outcome = ? WHERE id = ?", arguments: [now, outcome, id])
        }
    }

    /// When a service was restarted within `window`, and since it was reset; oldest first.
    package func restartTimes(of service: String, within window: Duration) async throws -> [UnixMilliseconds] {
        try await read { [now] db in try Self.restartTimes(of: service, within: window, now: now(), db) }
    }

    /// The latest restarts, newest first; of all services where none is named.
    package func restarts(of service: String? = nil, limit: Int) async throws -> [RestartRecord] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM restarts WHERE service = ? OR ? IS NULL ORDER BY id DESC LIMIT ?",
                arguments: [service, service, limit]
            ).map {
                RestartRecord(
                    id: $0["id"], service: $0["service"], at: $0["at"], reason: $0["reason"], endedAt: $0["ended_at"],
                    outcome: $0["outcome"])
            }
        }
    }

    /// What is noted of a service; empty where it was never watched.
    package func watched(_ service: String) async throws -> WatchedNote {
        try await read { db in
            let sql = "SELECT hands_off_since, reset_at, detail FROM watched WHERE service = ?"
            return try Row.fetchOne(db, sql: sql, arguments: [service])
                .map { WatchedNote(handsOffSince: $0[0], resetAt: $0[1], detail: $0[2]) } ?? WatchedNote()
        }
    }

    /// Keeps hands-off and detail; when it was reset is only a person's to say.
    package func noteWatched(_ service: String, handsOffSince: UnixMilliseconds?, detail: String) async throws {
        try await write { db, _ in
            try db.execute(
                sql: """
                    INSERT INTO watched(service, hands_off_since, detail) VALUES (?, ?, ?)
                    ON CONFLICT(service) DO UPDATE
                    SET hands_off_since = excluded.hands_off_since, detail = excluded.detail
                    """, arguments: [service, handsOffSince, detail])
        }
    }

    /// Gives a service its whole budget of restarts back.
    package func resetWatched(_ service: String) async throws {
        try await write { db, now in
            try db.execute(
                sql: """
                    INSERT INTO watched(service, reset_at) VALUES (?, ?)
                    ON CONFLICT(service) DO UPDATE SET reset_at = excluded.reset_at, hands_off_since = NULL
                    """, arguments: [service, now])
        }
    }

    private static func restartTimes(
        of service: String, within window: Duration, now: UnixMilliseconds, _ db: Database
    ) throws -> [UnixMilliseconds] {
        try Int64.fetchAll(
            db,
            sql: """
                SELECT at FROM restarts WHERE service = ? AND at > ? AND at < ?
                    AND at > coalesce((SELECT reset_at FROM watched WHERE watched.service = restarts.service), 0)
                ORDER BY at
                """,
            arguments: [service, now - window.milliseconds, now + window.milliseconds])
    }
}
