import Candles
import Storage

/// What is known of a symbol now.
struct SymbolFigures: Sendable, Equatable {
    var last: Double?
    /// A ratio: -0.0031 is -0.31 %.
    var change24h: Double?
    /// In the base currency.
    var volume24h: Double?
    var high24h: Double?
    var low24h: Double?
    /// The open time of the newest candle.
    let lastCandle: UnixMilliseconds?
    let knownThrough: UnixMilliseconds?
    let state: Freshness

    /// A ticker that is older says nothing of the last 24 hours.
    static let tickerAge: Int64 = 600_000

    /// `day` is for where no ticker tells of it.
    init(finest: SeriesGlance, ticker: TickerReading?, day: PastDay = .init(), now: UnixMilliseconds) {
        let newest = finest.newest.last?.candle
        lastCandle = newest?.openTime
        knownThrough = finest.knownThrough(now: now)
        state = finest.freshness(now: now)
        last = newest?.close
        if let ticker, ticker.isFresh(now: now) {
            let end = (newest?.openTime ?? .min / 2) + finest.stored.series.timeframe.milliseconds
            // The newest candle is told of sooner than the ticker.
            if ticker.at >= end { last = ticker.ticker.lastPrice }
            change24h = ticker.ticker.dailyChangeRelative
            volume24h = ticker.ticker.dailyVolume
            high24h = ticker.ticker.dailyHigh
            low24h = ticker.ticker.dailyLow
        } else {
            if let last, let before = day.close, before > 0 { change24h = last / before - 1 }
            volume24h = day.total?.volume
            // The newest candle may be newer than the day.
            high24h = day.total.map { max($0.high, newest?.high ?? $0.high) }
            low24h = day.total.map { min($0.low, newest?.low ?? $0.low) }
        }
    }
}

extension TickerReading {
    /// Whether it says something of the last 24 hours.
    func isFresh(now: UnixMilliseconds) -> Bool { now - at <= SymbolFigures.tickerAge }
}

/// The last 24 hours of a symbol by its candles, for where no ticker tells of them.
struct PastDay: Sendable, Equatable {
    /// The price of 24 hours ago.
    var close: Double?
    /// Nil where something in the 24 hours is unknown: a part of a volume is no volume.
    var total: CandleTotal?

    /// Candles that are longer tell too little of 24 hours.
    private static let longest = Timeframe.hour1.milliseconds

    /// `close` is read elsewhere.
    static func total(
        of glance: SeriesGlance, by reader: any CandleReader, now: UnixMilliseconds
    ) async throws -> CandleTotal? {
        let step = glance.stored.series.timeframe.milliseconds
        guard step <= longest, [.live, .delayed].contains(glance.freshness(now: now)), let end = glance.provenTo else {
            return nil
        }
        let start = glance.stored.series.timeframe.floor(now - Timeframe.day1.milliseconds) + step
        let proven =
            start < end ? try await reader.coverage(of: glance.stored, in: TimeRange(start, end)) : IntervalSet()
        guard proven.milliseconds == end - start else { return nil }
        return try await reader.total(of: glance.stored, in: TimeRange(start, now + step))
    }
}
