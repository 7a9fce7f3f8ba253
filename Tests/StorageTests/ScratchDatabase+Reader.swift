import Candles
import Storage
import Testing

extension ScratchDatabase {
    /// Opens a reader as the dashboard does.
    func reader(
        _ clock: any Clock<Duration> = ContinuousClock(), report: @escaping UnreadableSeries.Report = { _ in }
    ) async throws -> any CandleReader {
        try await location.openReader(clock: clock, report: report)
    }
}

extension CandleReader {
    /// Every method once, as the dashboard calls them; gives the number of candles of the series.
    @discardableResult
    func readEverything(of series: StoredSeries) async throws -> Int {
        let all = TimeRange(minute(-1_000_000), minute(1_000_000))
        _ = try await glances(now: minute(100))
        _ = try await tickers()
        _ = try await candles(of: series, before: minute(100), limit: 10)
        _ = try await candles(of: series, in: all, limit: 10)
        _ = try await candles(of: series.series.symbol, period: .month, before: minute(100), limit: 10)
        _ = try await closes(of: series, before: [minute(5)], age: .seconds(600))
        _ = try await coverage(of: series, in: all)
        _ = try await presence(of: series, in: [all])
        _ = try await gaps(now: minute(100))
        _ = try await hostStatuses()
        _ = try await change(within: .zero)
        return try await counts(of: series, in: [all]).first ?? -1
    }
}

extension Ticker {
    static func sample(_ symbol: String, price: Double) throws -> Ticker {
        Ticker(
            symbol: try Symbol(symbol), lastPrice: price, dailyChange: 1, dailyChangeRelative: 0.01, dailyVolume: 5,
            dailyHigh: price + 1, dailyLow: price - 1)
    }
}
