/// One history: a symbol at a timeframe, written `BTCUSD-1m`.
package struct Series: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let symbol: Symbol
    package let timeframe: Timeframe

    package init(symbol: Symbol, timeframe: Timeframe) {
        self.symbol = symbol
        self.timeframe = timeframe
    }

    /// Parses `BTCUSD-1m`, split at the last dash: what a systemd unit's `%i` gives.
    package init(_ text: String) throws(SeriesFault) {
        guard let dash = text.lastIndex(of: "-") else { throw .malformedSeries(text) }
        symbol = try Symbol(String(text[..<dash]))
        timeframe = try Timeframe(String(text[text.index(after: dash)...]))
    }

    package var description: String { "\(symbol)-\(timeframe)" }
    package static func < (a: Series, b: Series) -> Bool { (a.symbol, a.timeframe) < (b.symbol, b.timeframe) }
}
