import Candles
import Postgres

/// Candles, and what else is kept; each call is part of the transaction that its caller began.
extension PostgresConnection {
    private static let columns = "open_time, open, high, low, close, volume, final"

    /// As `from_unix_ms` has it, which Postgres cannot inline: called for each row, it takes most of the time.
    private static func time(_ milliseconds: String) -> String {
        "(timestamptz '1970-01-01 00:00:00+00' + \(milliseconds) * interval '1 millisecond')"
    }

    func candles(of seriesID: Int64, in range: TimeRange, limit: Int) throws -> [StoredCandle] {
        try runBinaryQuery(
            """
            SELECT \(Self.columns) FROM candle
            WHERE series_id = $1 AND open_time >= from_unix_ms($2) AND open_time < from_unix_ms($3)
            ORDER BY open_time LIMIT $4
            """, ["\(seriesID)", "\(range.start)", "\(range.end)", "\(limit)"]
        ).storedCandles()
    }

    /// The newest before `time`, oldest first.
    func candles(of seriesID: Int64, before time: UnixMilliseconds, limit: Int) throws -> [StoredCandle] {
        try runBinaryQuery(
            """
            SELECT \(Self.columns) FROM candle WHERE series_id = $1 AND open_time < from_unix_ms($2)
            ORDER BY open_time DESC LIMIT $3
            """, ["\(seriesID)", "\(time)", "\(limit)"]
        ).storedCandles().reversed()
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
        try perRange("SELECT close", seriesID, ranges, end: "ORDER BY open_time DESC LIMIT 1")
            .map { try $0.optionalDouble(0) }
    }

    func total(of seriesID: Int64, in range: TimeRange) throws -> CandleTotal? {
        let total = try runBinaryQuery(
            """
            SELECT max(high), min(low), sum(volume) FROM candle
            WHERE series_id = $1 AND open_time >= from_unix_ms($2) AND open_time < from_unix_ms($3)
            """, ["\(seriesID)", "\(range.start)", "\(range.end)"])
        guard let high = total.double(0, 0), let low = total.double(0, 1), let volume = total.double(0, 2) else {
            return nil
        }
        return CandleTotal(high: high, low: low, volume: volume)
    }

    func counts(of seriesID: Int64, in ranges: [TimeRange]) throws -> [Int] {
        try perRange("SELECT count(*)", seriesID, ranges).map { Int(try $0.required(0)) }
    }

    func presence(of seriesID: Int64, in ranges: [TimeRange]) throws -> [Bool] {
        try perRange("SELECT true", seriesID, ranges, end: "LIMIT 1").map { $0.fields[0] != nil }
    }

    /// What one statement gives of the candles in each stretch; NULL where it gives no row.
    private func perRange(
        _ start: String, _ seriesID: Int64, _ ranges: [TimeRange], end: String = ""
    ) throws -> [PostgresRow] {
        try runQuery(
            """
            SELECT (\(start) FROM candle WHERE series_id = $1 AND open_time >= \(Self.time("r.start"))
                AND open_time < \(Self.time("r.stop")) \(end))
            FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS r (start, stop, number) ORDER BY number
            """, ["\(seriesID)", Self.array(ranges.map(\.start)), Self.array(ranges.map(\.end))]
        ).typedRows
    }

    private static func array(_ numbers: [Int64]) -> String {
        "{" + numbers.map(String.init).joined(separator: ",") + "}"
    }

    func tickers() throws -> [TickerReading] {
        try runQuery(
            """
            SELECT symbol, unix_ms(at), last_price, daily_change, daily_change_relative, daily_volume, daily_high, daily_low
            FROM tickers ORDER BY symbol COLLATE "C"
            """
        ).typedRows.map { row in
            TickerReading(
                ticker: Ticker(
                    symbol: try Symbol(row.text(0)), lastPrice: try row.double(2), dailyChange: try row.double(3),
                    dailyChangeRelative: try row.double(4), dailyVolume: try row.double(5),
                    dailyHigh: try row.double(6), dailyLow: try row.double(7)), at: try row.required(1))
        }
    }

    func hostStatuses() throws -> [PublishedStatus] {
        try runQuery("SELECT host, unix_ms(at), document::text FROM host_status ORDER BY host")
            .typedRows.map { try PublishedStatus(host: $0.text(0), at: $0.required(1), document: $0.text(2)) }
    }
}
