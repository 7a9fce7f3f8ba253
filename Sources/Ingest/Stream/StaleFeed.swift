package import Candles

/// Tells a quiet market from a feed that has stopped: by the prices of all symbols, read once a minute.
package struct StaleFeed: Sendable {
    private var prices: [Symbol: Double] = [:]
    private var readAt: Int64?

    package init() {}

    /// The series whose last price changed since the reading before, and of which nothing came since then.
    ///
    /// `updatedAt`: when the channel of each series last brought a candle.
    package mutating func read(_ tickers: [Ticker], at now: Int64, updatedAt: [Series: Int64]) -> [Series] {
        let before = prices
        let since = readAt
        prices = Dictionary(tickers.map { ($0.symbol, $0.lastPrice) }) { first, _ in first }
        readAt = now
        guard let since else { return [] }
        return updatedAt.filter { series, updated in
            guard let old = before[series.symbol], let new = prices[series.symbol] else { return false }
            // A price that moved right before the first reading may have brought its candle a moment earlier.
            return old != new && updated < since - Self.tolerance
        }.keys.sorted()
    }

    private static let tolerance: Int64 = 5_000
}
