import Candles
import NIOCore
import Storage

// What stands in the events, as `types.d.ts` has it: written in snake case, and null where something is not known.

struct HelloEvent: Encodable {
    let serverTimeMs: UnixMilliseconds
    let boot: String
    let seq: Int
    let heartbeatMs: Int64
    let database: DatabaseCondition
}

struct HeartbeatEvent: Encodable {
    let serverTimeMs: UnixMilliseconds
    let seq: Int
}

struct ResyncEvent: Encodable {
    enum Reason: String, Encodable, Sendable { case restart, gap, slow }

    let reason: Reason
}

struct BarsEvent: Encodable {
    let bars: [LiveBar]
}

struct SymbolsEvent: Encodable {
    let symbols: [LiveSymbol]
}

/// Topics and series, each once, in the order of their names.
struct ChangedEvent: Encodable, Equatable {
    enum Topic: String, Encodable, Sendable, CaseIterable {
        case summary, symbols, candles, coverage, gaps, jobs, breakers, alerts, backups, cloud
    }

    let topics: [Topic]
    let series: [String]

    init(topics: Set<Topic>, series: Set<Series>) {
        self.topics = Topic.allCases.filter(topics.contains)
        self.series = series.sorted().map(\.description)
    }
}

/// A bar as it stands now.
struct LiveBar: Encodable, Equatable {
    let series: Series
    let bar: StoredCandle

    /// Symbol, timeframe, open time, open, high, low, close, volume, final.
    func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(series.symbol.name)
        try list.encode(series.timeframe.rawValue)
        try list.encode(bar.candle.openTime)
        for value in [bar.candle.open, bar.candle.high, bar.candle.low, bar.candle.close, bar.candle.volume] {
            try list.encode(value)
        }
        try list.encode(bar.final)
    }
}

/// A server-sent event before it has a number.
///
/// - Source: <https://html.spec.whatwg.org/multipage/server-sent-events.html>
struct EventFrame: Sendable {
    let name: String
    /// One line of JSON.
    let data: [UInt8]

    init(_ name: String, _ document: some Encodable) {
        self.name = name
        data = APIJSON.bytes(document)
    }

    /// `retry` is how many milliseconds a browser waits before it connects again.
    func bytes(id: String? = nil, retry: Int? = nil) -> ByteBuffer {
        var buffer = ByteBuffer()
        if let retry { buffer.writeString("retry: \(retry)\n") }
        if let id { buffer.writeString("id: \(id)\n") }
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }
}

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
