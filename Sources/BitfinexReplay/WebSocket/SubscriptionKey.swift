import Candles

/// `trade:1m:tDUSK:USD`, the key of a candle channel.
enum SubscriptionKey {
    /// - Throws: `SubscriptionError`
    static func series(_ key: String, in market: ReplayMarket) throws(SubscriptionError) -> Series {
        let parts = key.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "trade", let timeframe = Timeframe(rawValue: String(parts[1])) else {
            throw SubscriptionError(refusal: .invalidKey)
        }
        guard parts[2].hasPrefix("t"), let symbol = try? Symbol(String(parts[2])), market.symbols.contains(symbol)
        else {
            throw SubscriptionError(refusal: .invalidSymbol)
        }
        return Series(symbol: symbol, timeframe: timeframe)
    }
}

/// A message that is answered with an error.
struct SubscriptionError: Error { let refusal: SubscriptionRefusal }
