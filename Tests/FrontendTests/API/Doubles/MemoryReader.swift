import Candles
import Storage

/// Reads from series in memory, in the plainest way there is.
struct MemoryReader: CandleReader {
    var histories: [MemoryHistory] = []
    var readings: [TickerReading] = []
    var statuses: [PublishedStatus] = []
    /// Passed by each read of a series' newest candles, with how many it asks for.
    var gate: @Sendable (Int) async -> Void = { _ in }

    var identity: String { "memory" }

    private func history(_ series: StoredSeries) -> MemoryHistory? { histories.first { $0.stored.id == series.id } }

    private func candles(_ series: StoredSeries) -> [StoredCandle] { history(series)?.candles ?? [] }

    func glances(now: UnixMilliseconds) async throws -> [SeriesGlance] {
        histories.map { $0.glance(now: now) }.sorted { $0.stored.series < $1.stored.series }
    }

    func tickers() async throws -> [TickerReading] { readings }

    func candles(of series: StoredSeries, before time: UnixMilliseconds, limit: Int) async throws -> [StoredCandle] {
        await gate(limit)
        return candles(series).filter { $0.candle.openTime < time }.suffix(limit)
    }

    func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        Array(candles(series).filter { range.contains($0.candle.openTime) }.prefix(limit))
    }

    func candles(
        of symbol: Symbol, period: DerivedPeriod, before time: UnixMilliseconds, limit: Int
    ) async throws -> [StoredCandle] {
        let days = histories.first { $0.stored.series == Series(symbol: symbol, timeframe: .day1) }?.candles ?? []
        var bars: [StoredCandle] = []
        for day in days {
            let start = PlainCalendar.start(of: period.rawValue, day.candle.openTime)
            if let last = bars.last, last.candle.openTime == start {
                let candle = Candle(
                    openTime: start, open: last.candle.open, high: max(last.candle.high, day.candle.high),
                    low: min(last.candle.low, day.candle.low), close: day.candle.close,
                    volume: last.candle.volume + day.candle.volume)
                bars[bars.count - 1] = StoredCandle(candle: candle, final: last.final && day.final)
            } else {
                var candle = day.candle
                candle.openTime = start
                bars.append(StoredCandle(candle: candle, final: day.final))
            }
        }
        return bars.filter { $0.candle.openTime < time }.suffix(limit)
    }

    func closes(of series: StoredSeries, before times: [UnixMilliseconds], age: Duration) async throws -> [Double?] {
        times.map { time in
            let newest = candles(series).last { $0.candle.openTime < time }
            return newest.flatMap { $0.candle.openTime >= time - age.milliseconds ? $0.candle.close : nil }
        }
    }

    func total(of series: StoredSeries, in range: TimeRange) async throws -> CandleTotal? {
        let inside = candles(series).map(\.candle).filter { range.contains($0.openTime) }
        guard let high = inside.map(\.high).max(), let low = inside.map(\.low).min() else { return nil }
        return CandleTotal(high: high, low: low, volume: inside.reduce(0) { $0 + $1.volume })
    }

    func coverage(of series: StoredSeries, in range: TimeRange) async throws -> IntervalSet {
        history(series)?.coverage.intersection(range) ?? IntervalSet()
    }

    func presence(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Bool] {
        try await counts(of: series, in: ranges).map { $0 > 0 }
    }

    func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] {
        ranges.map { range in candles(series).count { range.contains($0.candle.openTime) } }
    }

    func gaps(now: UnixMilliseconds) async throws -> [Gap] {
        histories.flatMap { history in
            history.unknown(now: now).ranges.map { Gap(series: history.stored.series, range: $0) }
        }.sorted { ($0.series, $0.range.start) < ($1.series, $1.range.start) }
    }

    func hostStatuses() async throws -> [PublishedStatus] { statuses }

    func change(within limit: Duration) async throws -> Bool { false }

    func close() async {}
}
