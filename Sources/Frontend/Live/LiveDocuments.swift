import Candles
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
