import Candles
import Storage
import TestSupport

/// A series in memory, with what is proven of it.
struct MemoryHistory: Sendable {
    var stored: StoredSeries
    /// Ascending.
    var candles: [StoredCandle] = []
    var coverage = IntervalSet()

    init(
        _ name: String, id: Int64 = 1, firstOpen: UnixMilliseconds? = nil, wantedFrom: UnixMilliseconds = 0
    ) throws {
        stored = StoredSeries(id: id, series: try Series(name), firstOpen: firstOpen, wantedFrom: wantedFrom)
    }

    var timeframe: Timeframe { stored.series.timeframe }

    /// Intervals that were traded, and such as were not, with holes of which nothing is known and rows that may still change.
    ///
    /// Of the newest intervals some are not proven; the forming one may have a row.
    static func random(
        _ name: String, id: Int64 = 1, from start: UnixMilliseconds, now: UnixMilliseconds,
        using random: inout SeededGenerator
    ) throws -> MemoryHistory {
        var history = try MemoryHistory(name, id: id, wantedFrom: start)
        let step = history.timeframe.milliseconds
        let settled = history.timeframe.settledBoundary(at: now)
        var time = history.timeframe.ceiling(start)
        let end = history.timeframe.floor(now) + step
        while time < end {
            let run = min(Int64.random(in: 1...60, using: &random) * step, max(step, end - time))
            let stretch = TimeRange(time, min(time + run, end))
            let isProven = stretch.end <= settled && Int.random(in: 0..<4, using: &random) > 0
            if isProven { history.coverage.insert(stretch) }
            let density = isProven ? Double.random(in: 0...1, using: &random) : 0.2
            for open in stride(from: stretch.start, to: stretch.end, by: Int64.Stride(step))
            where Double.random(in: 0...1, using: &random) < density {
                history.candles.append(
                    StoredCandle(candle: .random(at: open, using: &random), final: isProven))
            }
            time = stretch.end
        }
        return history
    }

    func glance(now: UnixMilliseconds) -> SeriesGlance {
        let finals = candles.filter(\.final)
        let covered = Int(coverage.milliseconds / timeframe.milliseconds)
        return SeriesGlance(
            stored: stored,
            overview: SeriesOverview(
                series: stored.series, first: candles.first?.candle.openTime, last: candles.last?.candle.openTime,
                lastFinal: finals.last?.candle.openTime, count: candles.count, empty: covered - finals.count,
                unknown: unknown(now: now).ranges.reduce(0) { $0 + $1.intervals(of: timeframe) }, suspect: 0,
                provenTo: coverage.ranges.last?.end),
            provenTo: coverage.ranges.last?.end, newest: candles.suffix(2))
    }

    func unknown(now: UnixMilliseconds) -> IntervalSet {
        IntervalSet([stored.wanted(at: now, provenTo: coverage.ranges.last?.end)]).subtracting(coverage)
    }
}

extension Candle {
    static func random(at time: UnixMilliseconds, using random: inout SeededGenerator) -> Candle {
        let prices = (0..<2).map { _ in Double(Int.random(in: 100...200, using: &random)) / 8 }
        return Candle(
            openTime: time, open: prices[0], high: max(prices[0], prices[1]) + 1, low: min(prices[0], prices[1]) - 1,
            close: prices[1], volume: Double(Int.random(in: 1...1000, using: &random)) / 4)
    }

    /// At this price all the while.
    static func flat(at time: UnixMilliseconds, _ price: Double, volume: Double = 1) -> Candle {
        Candle(openTime: time, open: price, high: price, low: price, close: price, volume: volume)
    }
}
