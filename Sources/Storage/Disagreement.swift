package import Candles

/// A bar of which the exchange says one thing in a coarse timeframe and another in the finer one that makes it up.
package struct Disagreement: Sendable, Hashable {
    /// The coarse timeframe.
    package let timeframe: Timeframe
    package let openTime: UnixMilliseconds
    /// The bar as the exchange has it, and as its finer candles fold; empty where there is none.
    package let coarse: String
    package let folded: String

    package init(timeframe: Timeframe, openTime: UnixMilliseconds, coarse: Candle?, folded: Candle?) {
        self.init(
            timeframe: timeframe, openTime: openTime, coarse: Self.text(coarse), folded: Self.text(folded))
    }

    init(timeframe: Timeframe, openTime: UnixMilliseconds, coarse: String, folded: String) {
        self.timeframe = timeframe
        self.openTime = openTime
        self.coarse = coarse
        self.folded = folded
    }

    private static func text(_ candle: Candle?) -> String {
        guard let candle else { return "" }
        return [candle.open, candle.high, candle.low, candle.close, candle.volume].map { "\($0)" }.joined(
            separator: " ")
    }
}
