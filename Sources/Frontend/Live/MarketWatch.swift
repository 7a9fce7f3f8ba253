import Candles
import Storage

/// What was told of the market, and what is still to be told.
struct MarketWatch: Sendable {
    /// What is read at one moment.
    struct Reading: Sendable {
        let glances: [SeriesGlance]
        let tickers: [TickerReading]
        /// Of the stretches that the glances do not show.
        var between: [Series: [StoredCandle]] = [:]
    }

    private let spacing: Duration
    private var reading: Reading?
    private var topics: Set<ChangedEvent.Topic> = []
    private var series: Set<Series> = []
    private var sinceChanged: Duration
    private(set) var snapshot: LiveSnapshot?

    /// `changed` events come at least `spacing` apart.
    init(spacing: Duration) {
        self.spacing = spacing
        sinceChanged = spacing
    }

    /// The events that tell of a reading; none of the first.
    mutating func take(_ new: Reading, now: UnixMilliseconds) -> [EventFrame] {
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
        let rows = LiveSymbol.rows(reading.glances, tickers: reading.tickers, now: now)
        let new = LiveSnapshot(reading.glances, symbols: rows)
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
