package import Candles
import GRDB
import SQLiteRows

extension Journal {
    private static let outageMemory: Int64 = 30 * 86_400_000

    /// Notes a stretch in which nothing is known of any series of a database; false where an overlapping one was noted before.
    package func noteOutage(_ range: TimeRange, of database: String) async throws -> Bool {
        try await write { [uptime] db, now in
            let ages = try ClockTable(db: db, uptime: uptime()).ages(at: now)
            try db.execute(sql: "DELETE FROM outages WHERE reported_at < ?", arguments: [ages - Self.outageMemory])
            let known = try Bool.fetchOne(
                db,
                sql: "SELECT EXISTS (SELECT 1 FROM outages WHERE database = ? AND from_time < ? AND to_time > ?)",
                arguments: [database, range.end, range.start])
            if known == true { return false }
            try db.execute(
                sql: "INSERT INTO outages(database, from_time, to_time, reported_at) VALUES (?, ?, ?, ?)",
                arguments: [database, range.start, range.end, now])
            return true
        }
    }
}
