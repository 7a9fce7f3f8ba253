package import Candles
import NIOConcurrencyHelpers

/// Every series that the replay serves: those of its source, and longer timeframes folded from them.
///
/// A series is read, or folded, when it is first asked for, and kept.
package final class ReplayMarket: Sendable {
    private let source: any CandleSource
    private let available: Set<Series>
    /// The moment at which each recording ends, where recordings are moved in time.
    private let endsAt: UnixMilliseconds?
    private let cache = NIOLockedValueBox<[Series: CandleRows]>([:])

    /// Serves `source`, moved in time where `endsAt` is given.
    ///
    /// Each of the source's series is then moved by whole days, so that the interval that forms at `endsAt` lies in its
    /// last day: the rows after it appear as time goes on.
    package init(_ source: any CandleSource, shiftedToEndAt endsAt: UnixMilliseconds? = nil) {
        self.source = source
        self.endsAt = endsAt
        available = Set(source.series)
    }

    package var symbols: [Symbol] { Set(available.map(\.symbol)).sorted() }

    /// Reads everything at once, so that a broken file is known before the first request.
    package func load() throws { for series in available.sorted() { _ = try rows(of: series) } }

    /// What the exchange would know of `series` at `now`; nil where it has no such series.
    package func visible(_ series: Series, at now: UnixMilliseconds) throws -> VisibleRows? {
        if available.contains(series) {
            let rows = try rows(of: series)
            return VisibleRows(settled: rows, count: rows.firstIndex(atOrAfter: now + 1))
        }
        guard let base = finest(of: series) else { return nil }
        let baseRows = try rows(of: base)
        let folded = try foldedRows(of: series, from: baseRows)
        let forming = series.timeframe.floor(now)
        let start = baseRows.firstIndex(atOrAfter: forming)
        let end = baseRows.firstIndex(atOrAfter: now + 1)
        return VisibleRows(
            settled: folded, count: folded.firstIndex(atOrAfter: forming),
            forming: Aggregation.rows(baseRows, start..<end, into: series.timeframe))
    }

    /// The shortest timeframe of the symbol that divides the wanted one.
    private func finest(of series: Series) -> Series? {
        available.filter {
            $0.symbol == series.symbol && $0.timeframe < series.timeframe
                && series.timeframe.milliseconds % $0.timeframe.milliseconds == 0
        }.min()
    }

    private func rows(of series: Series) throws -> CandleRows {
        try cached(series) {
            var rows = try source.rows(of: series)
            if let endsAt, let last = rows.times.last {
                rows.shift(by: ReplayMarket.shift(from: last, to: series.timeframe.floor(endsAt)))
            }
            return rows
        }
    }

    private func foldedRows(of series: Series, from base: CandleRows) throws -> CandleRows {
        try cached(series) { Aggregation.rows(base, 0..<base.count, into: series.timeframe) }
    }

    private func cached(_ series: Series, _ make: () throws -> CandleRows) throws -> CandleRows {
        try cache.withLockedValue { cache in
            if let known = cache[series] { return known }
            let made = try make()
            cache[series] = made
            return made
        }
    }

    /// Whole days, rounded up: every timeframe up to a day stays aligned.
    private static func shift(from last: UnixMilliseconds, to wanted: UnixMilliseconds) -> Int64 {
        Timeframe.day1.ceiling(wanted - last)
    }
}
