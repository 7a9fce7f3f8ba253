/// A symbol at a glance: its last price, and its last 24 hours.
package struct Ticker: Hashable, Sendable {
    package let symbol: Symbol
    package let lastPrice: Double
    /// Since 24 hours ago, in the quote currency, and as a share of the price then.
    package let dailyChange: Double
    package let dailyChangeRelative: Double
    /// In the base currency.
    package let dailyVolume: Double
    package let dailyHigh: Double
    package let dailyLow: Double

    package init(
        symbol: Symbol, lastPrice: Double, dailyChange: Double, dailyChangeRelative: Double, dailyVolume: Double,
        dailyHigh: Double, dailyLow: Double
    ) {
        self.symbol = symbol
        self.lastPrice = lastPrice
        self.dailyChange = dailyChange
        self.dailyChangeRelative = dailyChangeRelative
        self.dailyVolume = dailyVolume
        self.dailyHigh = dailyHigh
        self.dailyLow = dailyLow
    }
}
