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
