import Candles
import GRDB
import Resilience
import SQLiteRows

/// The rows of one host and endpoint within one transaction.
struct BudgetTable {
    /// A waiter that was not seen for this long is dead.
    static let heartbeat: Int64 = 5000
    /// Rows stay for a while after they have stopped to count, for whoever looks into them.
    private static let memory: Int64 = 900_000
    /// A time further ahead than this was written before the clock was set back.
    private static let tolerance: Int64 = 2000

    let db: Database
    let host: String
    let endpoint: String
    let now: UnixMilliseconds

    func usage() throws -> RequestBudget.Usage {
        try endWhatWasLeft()
        let open = try Int.fetchOne(
            statement(
                "SELECT count(*) FROM requests WHERE host = ? AND endpoint = ? AND ended_at IS NULL"),
            arguments: [host, endpoint])
        let ended = try Int64.fetchAll(
            statement("SELECT ended_at FROM requests WHERE host = ? AND endpoint = ? AND ended_at > ?"),
            arguments: [host, endpoint, now - RequestBudget.window])
        return RequestBudget.Usage(
            inFlight: open ?? 0, endedAt: ended, waiters: try waiters(), lastUrgentAt: try lastUrgent())
    }

    /// Takes a slot.
    func insertRequest(_ priority: RequestPriority, lease: Int64) throws -> Int64 {
        try statement("DELETE FROM requests WHERE host = ? AND endpoint = ? AND ended_at < ?")
            .execute(arguments: [host, endpoint, now - Self.memory])
        try statement(
            "INSERT INTO requests(host, endpoint, priority, started_at, lease_until) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [host, endpoint, priority.rawValue, now, now + lease])
        return db.lastInsertedRowID
    }

    /// Says that a waiter is alive; the first time, with nil, enters it.
    ///
    /// One that the others had taken for dead gets its old place back.
    func beat(_ waiter: Int64?, _ priority: RequestPriority, servedAt: Int64) throws -> Int64 {
        try statement(
            """
            INSERT INTO waiters(id, host, endpoint, priority, served_at, seen_at) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT(id) DO UPDATE SET seen_at = excluded.seen_at
            """
        ).execute(arguments: [waiter, host, endpoint, priority.rawValue, servedAt, now])
        return waiter ?? db.lastInsertedRowID
    }

    func removeWaiter(_ waiter: Int64?) throws {
        guard let waiter else { return }
        try statement("DELETE FROM waiters WHERE id = ?").execute(arguments: [waiter])
    }

    /// Ends the requests whose process did not live to say so, and brings back times of a clock that was set back.
    private func endWhatWasLeft() throws {
        try statement(
            """
            UPDATE requests SET ended_at = lease_until
            WHERE host = ? AND endpoint = ? AND ended_at IS NULL AND lease_until <= ?
            """
        ).execute(arguments: [host, endpoint, now])
        try statement(
            """
            UPDATE requests SET started_at = ?, lease_until = lease_until - started_at + ?
            WHERE host = ? AND endpoint = ? AND ended_at IS NULL AND started_at > ?
            """
        ).execute(arguments: [now, now, host, endpoint, now + Self.tolerance])
        try statement(
            """
            UPDATE requests SET started_at = min(started_at, ?), ended_at = ?
            WHERE host = ? AND endpoint = ? AND ended_at > ?
            """
        ).execute(arguments: [now, now, host, endpoint, now + Self.tolerance])
    }

    private func waiters() throws -> [RequestBudget.Waiter] {
        try statement("DELETE FROM waiters WHERE abs(? - seen_at) > ?").execute(arguments: [
            now, Self.heartbeat,
        ])
        return try Row.fetchAll(
            statement("SELECT priority, served_at, id FROM waiters WHERE host = ? AND endpoint = ?"),
            arguments: [host, endpoint]
        ).compactMap { row in
            // The order among those who wait is by these numbers as they stand, `Int64.max` included.
            let (servedAt, order): (DatabaseValue, DatabaseValue) = (row[1], row[2])
            return RequestPriority(rawValue: row[0]).map {
                RequestBudget.Waiter(
                    priority: $0, servedAt: Int64.fromDatabaseValue(servedAt) ?? .max,
                    order: Int64.fromDatabaseValue(order) ?? .max)
            }
        }
    }

    private func lastUrgent() throws -> Int64? {
        try Int64.fetchOne(
            statement(
                """
                SELECT max(latest) FROM (
                    SELECT max(started_at) AS latest FROM requests WHERE host = ?1 AND endpoint = ?2 AND priority = 0
                    UNION ALL SELECT max(started_at) FROM requests WHERE host = ?1 AND endpoint = ?2 AND priority = 1)
                """), arguments: [host, endpoint])
    }

    private func statement(_ sql: String) throws -> Statement { try db.cachedStatement(sql: sql) }
}
