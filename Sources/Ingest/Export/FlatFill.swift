package import Candles

/// Makes rows for intervals in which nobody traded: all prices are the close before, and the volume is 0.
///
/// An interval that is not covered gets none, nor does one before the first candle. The close is the last one known, also
/// across an unknown stretch.
package struct FlatFill: Sendable {
    private let coverage: [TimeRange]
    private let step: Int64
    private var next = 0
    /// The first interval not looked at yet.
    private var position: UnixMilliseconds
    private var close: Double?

    /// Begins at `start`; `close` is that of the newest candle before, where there is one.
    package init(coverage: IntervalSet, from start: UnixMilliseconds, timeframe: Timeframe, close: Double?) {
        self.coverage = coverage.ranges
        step = timeframe.milliseconds
        position = start
        self.close = close
    }

    /// Gives a row for each covered interval up to `time`, in which no candle lies.
    package mutating func rows(before time: UnixMilliseconds, _ body: (Candle) throws -> Void) rethrows {
        defer { position = max(position, time) }
        guard let close else { return }
        while position < time {
            while next < coverage.count, coverage[next].end <= position { next += 1 }
            guard next < coverage.count, coverage[next].start < time else { return }
            position = max(position, coverage[next].start)
            try body(Candle(openTime: position, open: close, high: close, low: close, close: close, volume: 0))
            position += step
        }
    }

    /// Goes on behind a candle that is kept.
    package mutating func pass(_ candle: Candle) {
        position = candle.openTime + step
        close = candle.close
    }
}
