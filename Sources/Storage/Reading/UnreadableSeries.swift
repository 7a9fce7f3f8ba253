import Candles

/// A row of `series` that names none: another version wrote it, or a person.
package struct UnreadableSeries: Sendable, Hashable {
    package let id: Int64
    /// As they are stored.
    package let symbol: String
    package let timeframe: String
    /// What is wrong with them.
    package let reason: String

    package init(id: Int64, symbol: String, timeframe: String, reason: String) {
        self.id = id
        self.symbol = symbol
        self.timeframe = timeframe
        self.reason = reason
    }

    /// Takes note of a row that is left out.
    package typealias Report = @Sendable (UnreadableSeries) -> Void
}

extension Series {
    /// From a row of `series`, which names each series in one way only.
    init(storedSymbol: String, timeframe: String) throws(SeriesFault) {
        self.init(symbol: try Symbol(storedSymbol), timeframe: try Timeframe(timeframe))
        if symbol.name != storedSymbol { throw .malformedSymbol(storedSymbol) }
    }
}
