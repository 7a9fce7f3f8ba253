import Candles
import Storage

/// A row of the market watch, without what a chart of 24 hours needs.
struct LiveSymbol: Encodable, Sendable, Equatable {
    /// While trades come, a symbol is known up to now: what is told of it may be so far behind.
    static let tolerance: Int64 = 15_000

    let symbol: Symbol
    let figures: SymbolFigures

    private enum CodingKeys: String, CodingKey {
        case symbol, last, state
        case change24h = "change_24h"
        case volume24h = "volume_24h"
        case high24h = "high_24h"
        case low24h = "low_24h"
        case lastCandle = "last_candle_ms"
        case knownThrough = "known_through_ms"
    }

    func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(symbol.name, forKey: .symbol)
        try box.encode(figures.last, forKey: .last)
        try box.encode(figures.change24h, forKey: .change24h)
        try box.encode(figures.volume24h, forKey: .volume24h)
        try box.encode(figures.high24h, forKey: .high24h)
        try box.encode(figures.low24h, forKey: .low24h)
        try box.encode(figures.lastCandle, forKey: .lastCandle)
        try box.encode(figures.knownThrough, forKey: .knownThrough)
        try box.encode(figures.state, forKey: .state)
    }

    /// Whether who was told `old` knows this.
    func isKnown(by old: LiveSymbol) -> Bool {
        let (a, b) = (figures, old.figures)
        guard a.last == b.last, a.change24h == b.change24h, a.volume24h == b.volume24h, a.high24h == b.high24h,
            a.low24h == b.low24h, a.lastCandle == b.lastCandle, a.state == b.state
        else { return false }
        guard let now = a.knownThrough, let then = b.knownThrough else { return a.knownThrough == b.knownThrough }
        return (0..<Self.tolerance).contains(now - then)
    }
}
