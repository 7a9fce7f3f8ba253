package import Candles
internal import GRDB

extension SQLiteCandleStore {
    package func find(_ series: Series) async throws -> StoredSeries? {
        try await read { try Self.find(series, $0) }
    }

    static func find(_ series: Series, _ db: Database) throws -> StoredSeries? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM series WHERE symbol = ? AND timeframe = ?",
            arguments: [series.symbol.name, series.timeframe.rawValue]
        ).map(StoredSeries.init)
    }

    package func coverage(of series: StoredSeries) async throws -> IntervalSet {
        try await read { try Self.coverage(series.id, $0) }
    }

    static func coverage(_ seriesID: Int64, _ db: Database) throws -> IntervalSet {
        IntervalSet(
            try Row.fetchAll(
                db, sql: "SELECT from_time, to_time FROM coverage WHERE series_id = ? ORDER BY from_time",
                arguments: [seriesID]
            ).map { TimeRange($0[0], $0[1]) })
    }

    package func edges(
        of series: StoredSeries, in range: TimeRange
    ) async throws -> (oldest: UnixMilliseconds, newest: UnixMilliseconds)? {
        try await read { db in
            let sql =
                "SELECT open_time FROM candle WHERE series_id = ? AND open_time >= ? AND open_time < ? ORDER BY open_time"
            let arguments: StatementArguments = [series.id, range.start, range.end]
            guard let oldest = try Int64.fetchOne(db, sql: sql + " LIMIT 1", arguments: arguments),
                let newest = try Int64.fetchOne(db, sql: sql + " DESC LIMIT 1", arguments: arguments)
            else { return nil }
            return (oldest, newest)
        }
    }

    package func overview(now: UnixMilliseconds) async throws -> [SeriesOverview] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT s.id, s.symbol, s.timeframe, s.first_open, s.wanted_from, s.rechecked_to, t.candles, t.final_candles,
                        t.covered, t.first_open AS kept_first, t.last_open, t.last_final,
                        (SELECT count(*) FROM suspects x WHERE x.series_id = s.id) AS suspect
                    FROM series s JOIN series_stats t ON t.series_id = s.id
                    """
            ).map { row in
                let stored = try StoredSeries(row)
                return SeriesOverview(
                    series: stored.series, first: row["kept_first"], last: row["last_open"],
                    lastFinal: row["last_final"],
                    count: row["candles"], empty: row["covered"] - row["final_candles"],
                    unknown: try Self.unknown(of: stored, now: now, db).milliseconds.intervals(of: stored),
                    suspect: row["suspect"])
            }.sorted { $0.series < $1.series }
        }
    }

    package func gaps(now: UnixMilliseconds) async throws -> [Gap] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM series").flatMap {
                row in
                let stored = try StoredSeries(row)
                return try Self.unknown(of: stored, now: now, db).ranges.map { Gap(series: stored.series, range: $0) }
            }.sorted { ($0.series, $0.range.start) < ($1.series, $1.range.start) }
        }
    }

    private static func unknown(of series: StoredSeries, now: UnixMilliseconds, _ db: Database) throws -> IntervalSet {
        IntervalSet([series.wanted(at: now)]).subtracting(try coverage(series.id, db))
    }

    package func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT open_time, open, high, low, close, volume, final FROM candle
                    WHERE series_id = ? AND open_time >= ? AND open_time < ? ORDER BY open_time LIMIT ?
                    """, arguments: [series.id, range.start, range.end, limit]
            ).map(StoredCandle.init)
        }
    }
}

extension SQLiteCandleStore {
    package func lastFinal(of series: StoredSeries) async throws -> UnixMilliseconds? {
        try await read { db in
            try Int64.fetchOne(
                db, sql: "SELECT last_final FROM series_stats WHERE series_id = ?", arguments: [series.id])
        }
    }

    package func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] {
        try await read { db in
            let count = try db.cachedStatement(
                sql: "SELECT count(*) FROM candle WHERE series_id = ? AND open_time >= ? AND open_time < ?")
            return try ranges.map { range in
                try Int.fetchOne(count, arguments: [series.id, range.start, range.end]) ?? 0
            }
        }
    }

    package func disagreements(of series: StoredSeries) async throws -> Set<Disagreement> {
        try await read { db in
            Set(
                try Row.fetchAll(
                    db, sql: "SELECT timeframe, open_time, coarse, folded FROM disagreements WHERE series_id = ?",
                    arguments: [series.id]
                ).map { Disagreement(timeframe: try Timeframe($0[0]), openTime: $0[1], coarse: $0[2], folded: $0[3]) })
        }
    }
}

extension StoredSeries {
    init(_ row: Row) throws {
        self.init(
            id: row["id"],
            series: Series(symbol: try Symbol(row["symbol"]), timeframe: try Timeframe(row["timeframe"])),
            firstOpen: row["first_open"], wantedFrom: row["wanted_from"], recheckedTo: row["rechecked_to"])
    }
}

extension StoredCandle {
    /// From the columns open_time, open, high, low, close, volume, final.
    init(_ row: Row) {
        self.init(
            candle: Candle(
                openTime: row[0], open: row[1], high: row[2], low: row[3], close: row[4], volume: row[5]),
            final: row[6])
    }
}

extension Int64 {
    fileprivate func intervals(of stored: StoredSeries) -> Int { Int(self / stored.series.timeframe.milliseconds) }
}
