package import Candles

/// Tells a quiet market from a feed that has stopped: by the prices of all symbols, read once a minute.
package struct StaleFeed: Sendable {
    private struct Reading: Sendable {
        let at: Int64
        let prices: [Symbol: Double]
    }

    /// The last two, the older one first.
    private var readings: [Reading] = []

    package init() {}

    /// The series whose last price changed between the two readings before, and of which nothing came since then.
    ///
    /// A candle may follow its trade by some seconds, hence the whole interval in between. `updatedAt`: when the channel of each
    /// series last brought a candle.
    package mutating func read(_ tickers: [Ticker], at now: Int64, updatedAt: [Series: Int64]) -> [Series] {
        let past = readings
        let prices = Dictionary(tickers.map { ($0.symbol, $0.lastPrice) }) { first, _ in first }
        readings = past.suffix(1) + [Reading(at: now, prices: prices)]
        guard past.count == 2, past[1].at > past[0].at else { return [] }
        return updatedAt.filter { series, updated in
            guard let old = past[0].prices[series.symbol], let new = past[1].prices[series.symbol] else { return false }
            return old != new && updated < past[0].at
        }.keys.sorted()
    }
}
