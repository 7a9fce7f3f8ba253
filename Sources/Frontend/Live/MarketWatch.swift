import Candles
import Storage

/// What was told of the market, and what is still to be told.
struct MarketWatch: Sendable {
    private let spacing: Duration
    private(set) var reading: MarketReading?
    private var topics: Set<ChangedEvent.Topic> = []
    private var series: Set<Series> = []
    private var sinceChanged: Duration
    private var snapshot: LiveSnapshot?

    /// `changed` events come at least `spacing` apart.
    init(spacing: Duration) {
        self.spacing = spacing
        sinceChanged = spacing
    }

    /// The events that tell of a reading; none of the first.
    mutating func take(_ new: MarketReading, now: UnixMilliseconds) -> [EventFrame] {
        reading = new
        return tell(between: new.between, now: now)
    }

    /// The events that tell of what has grown old.
    mutating func judge(now: UnixMilliseconds) -> [EventFrame] { tell(between: [:], now: now) }

    /// The `changed` event that is due, if any.
    mutating func pass(_ elapsed: Duration) -> EventFrame? {
        sinceChanged += elapsed
        if topics.isEmpty || sinceChanged < spacing { return nil }
        defer {
            topics = []
            series = []
            sinceChanged = .zero
        }
        return EventFrame("changed", ChangedEvent(topics: topics, series: series))
    }

    private mutating func tell(between: [Series: [StoredCandle]], now: UnixMilliseconds) -> [EventFrame] {
        guard let reading else { return [] }
        let rows = reading.rows(now: now).map { row in
            snapshot?.symbols[row.symbol].flatMap { row.isKnown(by: $0) ? $0 : nil } ?? row
        }
        let new = LiveSnapshot(reading, symbols: rows)
        defer { snapshot = new }
        guard let old = snapshot else { return [] }
        let changes = new.changes(since: old, between: between)
        topics.formUnion(changes.topics)
        series.formUnion(changes.series)
        var frames: [EventFrame] = []
        if !changes.bars.isEmpty { frames.append(EventFrame("bars", BarsEvent(bars: changes.bars))) }
        if !changes.symbols.isEmpty { frames.append(EventFrame("symbols", SymbolsEvent(symbols: changes.symbols))) }
        return frames
    }
}

/// What was read of the market at one moment.
struct MarketReading: Sendable {
    let catalogue: Catalogue
    let tickers: [Symbol: TickerReading]
    /// The bars of the stretches that glances do not show.
    var between: [Series: [StoredCandle]] = [:]
    /// The last 24 hours of symbols without a ticker.
    var days: [Symbol: PastDay] = [:]
    /// When those were read.
    var daysAt: UnixMilliseconds = .min / 2

    init(_ glances: [SeriesGlance], tickers: [TickerReading] = []) {
        catalogue = Catalogue(glances)
        self.tickers = Dictionary(tickers.map { ($0.ticker.symbol, $0) }) { _, last in last }
    }

    /// All that is told of: the glances, and what has changed since `old` that they do not show.
    static func read(by reader: any CandleReader, since old: MarketReading?, now: UnixMilliseconds) async throws
        -> MarketReading
    {
        var new = MarketReading(try await reader.glances(now: now), tickers: try await reader.tickers())
        if let old {
            for (stored, range) in LiveSnapshot(new).unseen(since: LiveSnapshot(old)) {
                new.between[stored.series] = try await reader.candles(
                    of: stored, in: range, limit: Int(GlanceChange.toldAtMost))
            }
        }
        try await new.readDays(by: reader, since: old, now: now)
        return new
    }

    /// Once a minute: a day does not change fast.
    private mutating func readDays(
        by reader: any CandleReader, since old: MarketReading?, now: UnixMilliseconds
    ) async throws {
        if let old, (0..<60_000).contains(now - old.daysAt), old.catalogue.symbols == catalogue.symbols {
            (days, daysAt) = (old.days, old.daysAt)
            return
        }
        daysAt = now
        for symbol in catalogue.symbols {
            if tickers[symbol]?.isFresh(now: now) == true { continue }
            guard let finest = catalogue.glances(of: symbol).first else { continue }
            let closes = try await reader.closes(
                of: finest.stored, before: [now - Timeframe.day1.milliseconds], age: SparkTimes.age)
            days[symbol] = PastDay(
                close: closes.first ?? nil, total: try await PastDay.total(of: finest, by: reader, now: now))
        }
    }

    /// One row for each symbol, of its finest series.
    func rows(now: UnixMilliseconds) -> [LiveSymbol] {
        catalogue.symbols.compactMap { symbol in
            catalogue.glances(of: symbol).first.map { finest in
                let figures = SymbolFigures(
                    finest: finest, ticker: tickers[symbol], day: days[symbol] ?? PastDay(), now: now)
                return LiveSymbol(symbol: symbol, figures: figures)
            }
        }
    }
}
