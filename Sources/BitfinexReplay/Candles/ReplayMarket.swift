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
    private let forming: FormingRows
    private let cache = NIOLockedValueBox<[Series: CandleRows]>([:])

    /// Serves `source`, moved in time where `endsAt` is given.
    ///
    /// Each of the source's series is then moved by whole days, so that the interval that forms at `endsAt` lies in its
    /// last day: the rows after it appear as time goes on.
    package init(
        _ source: any CandleSource, shiftedToEndAt endsAt: UnixMilliseconds? = nil, forming: FormingRows = .partial
    ) {
        self.source = source
        self.forming = forming
        self.endsAt = endsAt
        available = Set(source.series)
    }

    package var symbols: [Symbol] { Set(available.map(\.symbol)).sorted() }

    /// Reads everything at once, so that a broken file is known before the first request.
    package func load() throws { for series in available.sorted() { _ = try rows(of: series) } }

    /// What the exchange would know of `series` at `now`; nil where it has no such series.
    ///
    /// Settled rows are served as they were recorded.
    package func visible(_ series: Series, at now: UnixMilliseconds) throws -> VisibleRows? {
        let start = series.timeframe.floor(now)
        if available.contains(series) {
            let rows = try rows(of: series)
            return VisibleRows(
                settled: rows, count: rows.firstIndex(atOrAfter: start),
                forming: formingRow(rows, series.timeframe, at: now))
        }
        guard let base = finest(of: series) else { return nil }
        let baseRows = try rows(of: base)
        let folded = try foldedRows(of: series, from: baseRows)
        let finer = base.timeframe.floor(now)
        var known = baseRows.rows(baseRows.firstIndex(atOrAfter: start)..<baseRows.firstIndex(atOrAfter: finer))
        known.append(contentsOf: formingRow(baseRows, base.timeframe, at: now))
        return VisibleRows(
            settled: folded, count: folded.firstIndex(atOrAfter: start),
            forming: Aggregation.rows(known, 0..<known.count, into: series.timeframe))
    }

    /// A number that changes whenever the forming row of `series` may.
    func phase(of series: Series, at now: UnixMilliseconds) -> Int64 {
        let finest = available.contains(series) ? series : finest(of: series) ?? series
        return now / (finest.timeframe.milliseconds / Int64(Candle.formingSteps))
    }

    /// The row of the interval that runs at `now`; empty where it has none.
    private func formingRow(_ rows: CandleRows, _ timeframe: Timeframe, at now: UnixMilliseconds) -> CandleRows {
        let start = timeframe.floor(now)
        let index = rows.firstIndex(atOrAfter: start)
        guard index < rows.count, rows.times[index] == start else { return CandleRows() }
        let step = Candle.formingStep(of: start, timeframe, at: now)
        guard forming == .partial, let whole = rows.candle(at: index) else { return rows.rows(index..<index + 1) }
        var partial = CandleRows()
        partial.append(start, printed: whole.forming(step: step).printed.utf8)
        return partial
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

/// How the row of the interval that runs now is served.
package enum FormingRows: Sendable, Equatable {
    /// As far as it has come by now.
    case partial
    /// As it was recorded, from the interval's first moment on.
    case whole
}

/// Folds candles into those of a longer timeframe.
enum Aggregation {
    /// Open of the first, close of the last, highest, lowest, volumes summed in order; empty intervals give nothing.
    static func rows(_ base: CandleRows, _ range: Range<Int>, into timeframe: Timeframe) -> CandleRows {
        var result = CandleRows()
        var current: Candle?
        for index in range {
            guard let next = base.candle(at: index) else { continue }
            let start = timeframe.floor(next.openTime)
            if let folded = current, folded.openTime == start {
                current = folded.folding(next)
                continue
            }
            if let done = current { result.append(done.openTime, printed: done.printed.utf8) }
            var opened = next
            opened.openTime = start
            current = opened
        }
        if let done = current { result.append(done.openTime, printed: done.printed.utf8) }
        return result
    }
}

extension Candle {
    fileprivate func folding(_ next: Candle) -> Candle {
        Candle(
            openTime: openTime, open: open, high: max(high, next.high), low: min(low, next.low), close: next.close,
            volume: volume + next.volume)
    }
}
