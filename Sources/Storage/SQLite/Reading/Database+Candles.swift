import Candles
internal import GRDB
import SQLiteRows

/// Candles, and what else is kept; each call is part of the transaction that its caller began.
extension Database {
    private static let columns = "open_time, open, high, low, close, volume, final"

    func candles(of seriesID: Int64, in range: TimeRange, limit: Int) throws -> [StoredCandle] {
        try candles(
            """
            SELECT \(Self.columns) FROM candle WHERE series_id = ? AND open_time >= ? AND open_time < ?
            ORDER BY open_time LIMIT ?
            """, [seriesID, range.start, range.end, limit])
    }

    /// The newest before `time`, oldest first.
    func candles(of seriesID: Int64, before time: UnixMilliseconds, limit: Int) throws -> [StoredCandle] {
        try candles(
            "SELECT \(Self.columns) FROM candle WHERE series_id = ? AND open_time < ? ORDER BY open_time DESC LIMIT ?",
            [seriesID, time, limit]
        ).reversed()
    }

    /// Row by row from the statement: half the time of rows that are copied first.
    private func candles(_ sql: String, _ arguments: StatementArguments) throws -> [StoredCandle] {
        let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        return try Array(rows.map(StoredCandle.init))
    }

    func candles(
        of symbol: Symbol, period: DerivedPeriod, before time: UnixMilliseconds, limit: Int
    ) throws -> [StoredCandle] {
        guard limit > 0, let days = try find(Series(symbol: symbol, timeframe: .day1)) else { return [] }
        return period.fold(
            try candles(of: days.id, before: period.end(before: time), limit: period.days(for: limit)),
            proven: try coverage(days.id), seriesStart: days.firstOpen, limit: limit)
    }

    /// The close of the newest candle in each stretch.
    func closes(of seriesID: Int64, in ranges: [TimeRange]) throws -> [Double?] {
        let newest = try cachedStatement(
            sql: """
                SELECT close FROM candle WHERE series_id = ? AND open_time >= ? AND open_time < ?
                ORDER BY open_time DESC LIMIT 1
                """)
        return try ranges.map { try Double.fetchOne(newest, arguments: [seriesID, $0.start, $0.end]) }
    }

    func total(of seriesID: Int64, in range: TimeRange) throws -> CandleTotal? {
        let total = try cachedStatement(
            sql: """
                SELECT max(high), min(low), sum(volume) FROM candle WHERE series_id = ? AND open_time >= ? AND open_time < ?
                """)
        guard let row = try Row.fetchOne(total, arguments: [seriesID, range.start, range.end]),
            let high: Double = row[0]
        else {
            return nil
        }
        return CandleTotal(high: high, low: row[1], volume: row[2])
    }

    func counts(of seriesID: Int64, in ranges: [TimeRange]) throws -> [Int] {
        let count = try cachedStatement(
            sql: "SELECT count(*) FROM candle WHERE series_id = ? AND open_time >= ? AND open_time < ?")
        return try ranges.map { try Int.fetchOne(count, arguments: [seriesID, $0.start, $0.end]) ?? 0 }
    }

    func presence(of seriesID: Int64, in ranges: [TimeRange]) throws -> [Bool] {
        let any = try cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM candle WHERE series_id = ? AND open_time >= ? AND open_time < ?)")
        return try ranges.map { try Bool.fetchOne(any, arguments: [seriesID, $0.start, $0.end]) ?? false }
    }

    func tickers() throws -> [TickerReading] {
        try Row.fetchAll(
            self,
            sql: """
                SELECT symbol, at, last_price, daily_change, daily_change_relative, daily_volume, daily_high, daily_low
                FROM tickers ORDER BY symbol
                """
        ).map { row in
            TickerReading(
                ticker: Ticker(
                    symbol: try Symbol(row[0]), lastPrice: row[2], dailyChange: row[3], dailyChangeRelative: row[4],
                    dailyVolume: row[5], dailyHigh: row[6], dailyLow: row[7]), at: row[1])
        }
    }

    func hostStatuses() throws -> [PublishedStatus] {
        try Row.fetchAll(self, sql: "SELECT host, at, document FROM host_status ORDER BY host")
            .map { PublishedStatus(host: $0[0], at: $0[1], document: $0[2]) }
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
