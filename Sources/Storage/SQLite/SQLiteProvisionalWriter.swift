import Candles
internal import GRDB

/// Stores rows of one series that may still change, inside a transaction.
struct SQLiteProvisionalWriter {
    let rows: ProvisionalRows

    func write(_ db: Database) throws -> Int {
        var written = 0
        var added = 0
        for candle in rows.candles {
            let isNew = try !isKept(candle.openTime, db)
            guard try upsert(candle, db) else { continue }
            written += 1
            if isNew { added += 1 }
        }
        if added > 0 { try addToStats(added, db) }
        return written
    }

    private func isKept(_ time: UnixMilliseconds, _ db: Database) throws -> Bool {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM candle WHERE series_id = ? AND open_time = ?"),
            arguments: [rows.series.id, time]) != nil
    }

    /// What is proven, rows or their absence, is newer truth.
    private func upsert(_ candle: Candle, _ db: Database) throws -> Bool {
        try db.cachedStatement(
            sql: """
                INSERT INTO candle SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0
                WHERE NOT EXISTS (SELECT 1 FROM coverage WHERE series_id = ?1 AND from_time <= ?2 AND to_time > ?2)
                ON CONFLICT (series_id, open_time) DO UPDATE SET open = excluded.open, high = excluded.high,
                    low = excluded.low, close = excluded.close, volume = excluded.volume
                WHERE NOT final AND excluded.volume >= volume AND (open, high, low, close, volume) IS NOT
                    (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume)
                """
        ).execute(arguments: [
            rows.series.id, candle.openTime, candle.open, candle.high, candle.low, candle.close, candle.volume,
        ])
        return db.changesCount > 0
    }

    private func addToStats(_ added: Int, _ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE series_stats SET candles = candles + ?2,
                    first_open = (SELECT min(open_time) FROM candle WHERE series_id = ?1),
                    last_open = (SELECT max(open_time) FROM candle WHERE series_id = ?1)
                WHERE series_id = ?1
                """, arguments: [rows.series.id, added])
    }
}
