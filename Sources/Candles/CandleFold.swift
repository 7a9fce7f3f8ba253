/// Folds candles, oldest first, into bars of a longer timeframe.
package struct CandleFold: Sendable {
    private let timeframe: Timeframe
    /// Ascending; an interval without a candle has no bar.
    package private(set) var bars: [FoldedBar] = []

    package init(into timeframe: Timeframe) { self.timeframe = timeframe }

    /// Takes the next candle, which must be newer than the one before.
    package mutating func add(_ candle: Candle) {
        let start = timeframe.floor(candle.openTime)
        if let last = bars.last, last.candle.openTime == start {
            bars[bars.count - 1].fold(candle)
        } else {
            bars.append(FoldedBar(opening: start, with: candle))
        }
    }
}

/// A bar made of kept candles: open of the first, close of the last, highest, lowest, volumes summed in order.
package struct FoldedBar: Sendable, Equatable {
    package private(set) var candle: Candle
    /// The open times of its first and its last candle.
    package let first: UnixMilliseconds
    package private(set) var last: UnixMilliseconds

    init(opening start: UnixMilliseconds, with candle: Candle) {
        first = candle.openTime
        last = candle.openTime
        self.candle = candle
        self.candle.openTime = start
    }

    fileprivate mutating func fold(_ next: Candle) {
        last = next.openTime
        candle.high = max(candle.high, next.high)
        candle.low = min(candle.low, next.low)
        candle.close = next.close
        candle.volume += next.volume
    }
}
