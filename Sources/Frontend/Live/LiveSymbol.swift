import Candles
import Storage

/// A row of the market watch, without what a chart of 24 hours needs.
struct LiveSymbol: Encodable, Sendable, Equatable {
    enum Freshness: String, Encodable, Sendable { case live, delayed, stale, unknown }

    let symbol: Symbol
    var last: Double?
    var change24h: Double?
    var volume24h: Double?
    var high24h: Double?
    var low24h: Double?
    var lastCandle: UnixMilliseconds?
    var knownThrough: UnixMilliseconds?
    var state: Freshness

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
        try box.encode(last, forKey: .last)
        try box.encode(change24h, forKey: .change24h)
        try box.encode(volume24h, forKey: .volume24h)
        try box.encode(high24h, forKey: .high24h)
        try box.encode(low24h, forKey: .low24h)
        try box.encode(lastCandle, forKey: .lastCandle)
        try box.encode(knownThrough, forKey: .knownThrough)
        try box.encode(state, forKey: .state)
    }

    /// One row for each symbol, of its finest series.
    static func rows(_ glances: [SeriesGlance], tickers: [TickerReading], now: UnixMilliseconds) -> [LiveSymbol] {
        let readings = Dictionary(tickers.map { ($0.ticker.symbol, $0) }) { _, last in last }
        return Dictionary(grouping: glances, by: \.stored.series.symbol).compactMap { symbol, glances in
            glances.min { $0.stored.series.timeframe < $1.stored.series.timeframe }
                .map { LiveSymbol(symbol, finest: $0, ticker: readings[symbol], now: now) }
        }
    }

    private init(_ symbol: Symbol, finest: SeriesGlance, ticker: TickerReading?, now: UnixMilliseconds) {
        self.symbol = symbol
        let newest = finest.newest.last?.candle
        let step = finest.stored.series.timeframe.milliseconds
        lastCandle = newest?.openTime
        knownThrough = finest.provenTo
        last = newest?.close
        if let ticker, ticker.at >= (newest?.openTime ?? .min) + step { last = ticker.ticker.lastPrice }
        change24h = ticker?.ticker.dailyChangeRelative
        volume24h = ticker?.ticker.dailyVolume
        high24h = ticker?.ticker.dailyHigh
        low24h = ticker?.ticker.dailyLow
        let age = finest.provenTo.map { now - $0 }
        state = age.map { $0 <= 2 * step + 60_000 ? .live : $0 <= 4 * step + 60_000 ? .delayed : .stale } ?? .unknown
    }
}
