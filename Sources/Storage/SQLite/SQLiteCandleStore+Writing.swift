package import Candles
internal import GRDB

extension SQLiteCandleStore {
    package func bind(to exchange: String) async throws {
        let path = path
        try await write { db in
            let stored = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'exchange'")
            guard let stored else {
                try db.execute(sql: "INSERT INTO meta VALUES ('exchange', ?)", arguments: [exchange])
                return
            }
            if stored != exchange {
                throw StorageFault.otherExchange(database: path, stored: stored, configured: exchange)
            }
        }
    }

    package func track(_ series: Series, from: UnixMilliseconds) async throws -> StoredSeries {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO series (symbol, timeframe, step_ms, wanted_from) VALUES (?, ?, ?, ?)
                    ON CONFLICT (symbol, timeframe) DO UPDATE SET wanted_from = excluded.wanted_from
                    WHERE excluded.wanted_from < wanted_from
                    """,
                arguments: [series.symbol.name, series.timeframe.rawValue, series.timeframe.milliseconds, from])
            guard let stored = try db.find(series) else {
                throw DatabaseError(message: "the series was not inserted")
            }
            try db.execute(
                sql: "INSERT INTO series_stats (series_id) VALUES (?) ON CONFLICT DO NOTHING", arguments: [stored.id])
            return stored
        }
    }

    package func setFirstOpen(
        _ time: UnixMilliseconds, provenAt: UnixMilliseconds?, of series: StoredSeries
    ) async throws {
        let path = path
        try await write { db in
            try Self.ensureKept(series, in: path, db)
            try db.execute(
                sql: "UPDATE series SET first_open = ?, first_proven_at = ? WHERE id = ?",
                arguments: [time, provenAt, series.id])
        }
    }

    package func setGone(
        since: UnixMilliseconds?, listReadAt: UnixMilliseconds?, of series: StoredSeries
    ) async throws {
        let path = path
        try await write { db in
            try Self.ensureKept(series, in: path, db)
            try db.execute(
                sql: "UPDATE series SET gone_since = ?, list_read_at = ? WHERE id = ?",
                arguments: [since, listReadAt, series.id])
        }
    }

    package func store(_ page: ProvenPage, of series: StoredSeries) async throws -> StoredPage {
        let path = path
        return try await write { db in
            try Self.ensureKept(series, in: path, db)
            return try SQLitePageWriter(page: page, series: series).write(db)
        }
    }

    package func store(provisional rows: [ProvisionalRows]) async throws -> Int {
        let path = path
        return try await write { db in
            var written = 0
            for part in rows {
                try Self.ensureKept(part.series, in: path, db)
                written += try SQLiteProvisionalWriter(rows: part).write(db)
            }
            return written
        }
    }

    /// SQLite gives a removed series' number to the next new one.
    private static func ensureKept(_ series: StoredSeries, in path: String, _ db: Database) throws {
        let select = try db.cachedStatement(sql: "SELECT 1 FROM series WHERE id = ? AND symbol = ? AND timeframe = ?")
        let name = series.series
        let found = try Int.fetchOne(select, arguments: [series.id, name.symbol.name, name.timeframe.rawValue])
        if found == nil { throw StorageFault.forgotten(series, in: path) }
    }

    package func setRecheckedTo(_ time: UnixMilliseconds, of series: StoredSeries) async throws {
        let path = path
        try await write { db in
            try Self.ensureKept(series, in: path, db)
            try db.execute(sql: "UPDATE series SET rechecked_to = ? WHERE id = ?", arguments: [time, series.id])
        }
    }

    package func note(_ disagreements: Set<Disagreement>, of series: StoredSeries) async throws {
        let path = path
        try await write { db in
            try Self.ensureKept(series, in: path, db)
            for bar in disagreements {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO disagreements VALUES (?, ?, ?, ?, ?)",
                    arguments: [series.id, bar.timeframe.rawValue, bar.openTime, bar.coarse, bar.folded])
            }
        }
    }

    package func store(tickers: [Ticker], at time: UnixMilliseconds) async throws {
        try await write { db in
            try db.execute(sql: "DELETE FROM tickers")
            for ticker in tickers {
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO tickers VALUES (?, ?, ?, ?, ?, ?, ?, ?)").execute(
                    arguments: [
                        ticker.symbol.name, time, ticker.lastPrice, ticker.dailyChange, ticker.dailyChangeRelative,
                        ticker.dailyVolume, ticker.dailyHigh, ticker.dailyLow,
                    ])
            }
        }
    }

    package func forget(_ series: StoredSeries, in range: TimeRange?) async throws -> Int {
        let path = path
        return try await write { db in
            try Self.ensureKept(series, in: path, db)
            guard let range else {
                try db.execute(sql: "DELETE FROM candle WHERE series_id = ?", arguments: [series.id])
                let removed = db.changesCount
                try db.execute(sql: "DELETE FROM series WHERE id = ?", arguments: [series.id])
                return removed
            }
            for table in ["suspects", "revisions", "candle"] {
                try db.execute(
                    sql: "DELETE FROM \(table) WHERE series_id = ? AND open_time >= ? AND open_time < ?",
                    arguments: [series.id, range.start, range.end])
            }
            let removed = db.changesCount
            try Self.uncover(range, series, db)
            let left = try db.coverage(series.id)
            try db.execute(
                sql: """
                    UPDATE series_stats SET (candles, final_candles, first_open, last_open, last_final, covered) =
                        (SELECT count(*), coalesce(sum(final), 0), min(open_time), max(open_time),
                            max(CASE WHEN final THEN open_time END), ?2 FROM candle WHERE series_id = ?1)
                    WHERE series_id = ?1
                    """, arguments: [series.id, left.milliseconds / series.series.timeframe.milliseconds])
            return removed
        }
    }

    /// Takes a stretch out of the coverage; what is left of a cut stretch keeps its proof.
    private static func uncover(_ range: TimeRange, _ series: StoredSeries, _ db: Database) throws {
        let arguments: StatementArguments = [series.id, range.start, range.end]
        try db.execute(
            sql: """
                INSERT INTO coverage SELECT series_id, ?3, to_time, proof, checked_at FROM coverage
                WHERE series_id = ?1 AND from_time < ?3 AND to_time > ?3 AND ?2 < ?3
                """, arguments: arguments)
        try db.execute(
            sql:
                "UPDATE coverage SET to_time = ?2 WHERE series_id = ?1 AND from_time < ?2 AND to_time > ?2 AND ?3 > ?2",
            arguments: arguments)
        try db.execute(
            sql: "DELETE FROM coverage WHERE series_id = ?1 AND from_time >= ?2 AND from_time < ?3",
            arguments: arguments)
    }
}
