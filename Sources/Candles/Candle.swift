/// What was traded in one interval, as the exchange printed it: the nearest doubles, not rounded.
package struct Candle: Hashable, Sendable {
    /// The interval's start, in Unix milliseconds UTC.
    package var openTime: UnixMilliseconds
    package var open: Double
    package var high: Double
    package var low: Double
    package var close: Double
    /// In the base currency.
    package var volume: Double

    package init(
        openTime: UnixMilliseconds, open: Double, high: Double, low: Double, close: Double, volume: Double
    ) {
        self.openTime = openTime
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }

    /// Whether low ≤ open, close ≤ high fails: such rows exist at the exchange, and are stored as sent.
    package var isSuspect: Bool { !(low <= open && low <= close && open <= high && close <= high) }

    /// Whether both say the same, allowing for the summation noise that the exchange prints in volumes.
    package func agrees(with other: Candle) -> Bool {
        openTime == other.openTime && open == other.open && high == other.high && low == other.low
            && close == other.close && Candle.volumesAgree(volume, other.volume)
    }

    /// Equal within 1e-8 absolute or 1e-9 relative.
    package static func volumesAgree(_ a: Double, _ b: Double) -> Bool {
        let difference = abs(a - b)
        return difference <= 1e-8 || difference <= 1e-9 * max(abs(a), abs(b))
    }
}

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
