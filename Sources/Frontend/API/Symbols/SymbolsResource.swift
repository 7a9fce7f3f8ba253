import Candles
import Storage

extension APIResource {
    static let symbols = APIResource(
        "symbols", "The market watch: one row for each symbol.", [], .array(SymbolRow.schema)
    ) { _, reading in
        let catalogue = try await reading.catalogue()
        let times = SparkTimes(now: reading.now).times
        let rows = try await reading.read { reader in
            let tickers = Dictionary(try await reader.tickers().map { ($0.ticker.symbol, $0) }) { _, last in last }
            var rows: [SymbolRow] = []
            for symbol in catalogue.symbols {
                let glances = catalogue.glances(of: symbol)
                guard let finest = glances.first else { continue }
                let ticker = tickers[symbol]
                let closes = try await reader.closes(of: finest.stored, before: times, age: SparkTimes.age)
                let total =
                    ticker?.isFresh(now: reading.now) == true
                    ? nil : try await PastDay.total(of: finest, by: reader, now: reading.now)
                rows +=
                    SymbolRow(glances, ticker: ticker, closes: closes, total: total, now: reading.now).map { [$0] }
                    ?? []
            }
            return rows
        }
        return APIDocument(data: APIJSON.bytes(rows), lifetime: .second)
    }
}

/// One row of the market watch.
struct SymbolRow: Encodable, Sendable, Equatable {
    struct Length: Encodable, Sendable, Equatable {
        let timeframe: String
        let kind: BarKind
    }

    let symbol: String
    let name: String
    let last: Double?
    let change24h: Double?
    let volume24h: Double?
    let high24h: Double?
    let low24h: Double?
    let lastCandleMs: UnixMilliseconds?
    let knownThroughMs: UnixMilliseconds?
    let state: Freshness
    let intervalMs: Int64
    let timeframes: [Length]
    let spark: [Double?]

    private enum CodingKeys: String, CodingKey {
        case symbol, name, last, state, timeframes, spark, lastCandleMs, knownThroughMs, intervalMs
        case change24h = "change_24h"
        case volume24h = "volume_24h"
        case high24h = "high_24h"
        case low24h = "low_24h"
    }

    /// `glances` are those of the symbol, the finest first; `closes` are of `SparkTimes`, `total` of the last 24 hours.
    init?(
        _ glances: [SeriesGlance], ticker: TickerReading?, closes: [Double?], total: CandleTotal?, now: UnixMilliseconds
    ) {
        guard let finest = glances.first else { return nil }
        let day = PastDay(close: closes.first ?? nil, total: total)
        let figures = SymbolFigures(finest: finest, ticker: ticker, day: day, now: now)
        symbol = finest.stored.series.symbol.name
        name = finest.stored.series.symbol.readableName
        last = figures.last
        change24h = figures.change24h
        volume24h = figures.volume24h
        high24h = figures.high24h
        low24h = figures.low24h
        lastCandleMs = figures.lastCandle
        knownThroughMs = figures.knownThrough
        state = figures.state
        intervalMs = finest.stored.series.timeframe.milliseconds
        timeframes = BarPlan.all(of: glances).map { Length(timeframe: $0.length.name, kind: $0.kind) }
        spark = SparkTimes(now: now).known(closes, through: figures.knownThrough)
    }

    static let schema = Schema.named(
        "SymbolRow",
        [
            "symbol": .string,
            "name": .means("As people write it: BTC/USD.", .string),
            "last": .nullable(.number),
            "change_24h": .means("A ratio: -0.0031 is -0.31 %.", .nullable(.number)),
            "volume_24h": .means("In the base currency.", .nullable(.number)),
            "high_24h": .nullable(.number),
            "low_24h": .nullable(.number),
            "last_candle_ms": .means(
                "The open time of the newest candle: when somebody last traded.", .nullable(.integer)),
            "known_through_ms": .means(
                "Up to here it is known what was traded, and that nothing was.", .nullable(.integer)),
            "state": .means(
                "Of the finest kept series.", .named("Freshness", .choice(Freshness.allCases.map(\.rawValue)))),
            "interval_ms": .integer,
            "timeframes": .array(
                .object(["timeframe": .string, "kind": BarKind.schema])),
            "spark": .means("The closes of the last 24 hours, the oldest first.", .array(.nullable(.number))),
        ])
}

/// The times whose prices a row shows: 24 hours ago, then the end of each of the last 24 hours.
struct SparkTimes: Sendable, Equatable {
    let times: [UnixMilliseconds]

    init(now: UnixMilliseconds) {
        let hour = Timeframe.hour1.milliseconds
        let end = Timeframe.hour1.floor(now) + hour
        times = [now - 24 * hour] + (0..<24).map { end - Int64(23 - $0) * hour }
    }

    /// How old a close may be that still is the price.
    static let age = Duration.seconds(86_400)

    /// Closes of the 24 hours; null for those of which nothing is known yet.
    func known(_ closes: [Double?], through knownThrough: UnixMilliseconds?) -> [Double?] {
        let hour = Timeframe.hour1.milliseconds
        return zip(times, closes).dropFirst().map { time, close in time - hour < knownThrough ?? .min ? close : nil }
    }
}

extension Symbol {
    /// `BTC/USD`, and `BTC PERP` for what is settled in UST.
    var readableName: String {
        let codes = name.split(separator: ":")
        if codes.count == 1 { return "\(name.prefix(3))/\(name.dropFirst(3))" }
        let perpetual = "F0"
        if codes.allSatisfy({ $0.hasSuffix(perpetual) && $0.utf8.count > 2 }) {
            let (base, quote) = (codes[0].dropLast(2), codes[1].dropLast(2))
            return quote == "UST" ? "\(base) PERP" : "\(base)/\(quote) PERP"
        }
        return codes.joined(separator: "/")
    }
}
