import Candles
import Storage

/// What was known at one moment of all series: two of them tell what has changed between.
struct LiveSnapshot: Sendable, Equatable {
    let series: [Series: SeriesGlance]
    let symbols: [Symbol: LiveSymbol]

    init(_ reading: MarketReading, symbols: [LiveSymbol] = []) {
        series = Dictionary(reading.catalogue.glances.map { ($0.stored.series, $0) }) { _, last in last }
        self.symbols = Dictionary(symbols.map { ($0.symbol, $0) }) { _, last in last }
    }

    struct Changes: Sendable, Equatable {
        /// By series, the oldest first.
        var bars: [LiveBar] = []
        var symbols: [LiveSymbol] = []
        var topics: Set<ChangedEvent.Topic> = []
        /// Whose history changed elsewhere than in the bars.
        var series: Set<Series> = []
    }

    /// What a browser that knows `old` has to be told; `between` holds what was read of the stretches that a glance does not show.
    func changes(since old: LiveSnapshot, between: [Series: [StoredCandle]] = [:]) -> Changes {
        var changes = Changes()
        for (name, glance) in series.sorted(by: { $0.key < $1.key }) {
            let before = old.series[name]
            let shown = glance.newest.filter { !(before?.newest.contains($0) ?? false) }
            let bars = (between[name] ?? []) + shown
            changes.bars += bars.map { LiveBar(series: name, bar: $0) }
            changes.add(GlanceChange(from: before, to: glance, told: bars), of: name)
        }
        for name in old.series.keys where series[name] == nil { changes.add(.elsewhere(isNew: true), of: name) }
        changes.symbols = symbols.values.filter { old.symbols[$0.symbol] != $0 }.sorted { $0.symbol < $1.symbol }
        let hasNewState = changes.symbols.contains { old.symbols[$0.symbol]?.figures.state != $0.figures.state }
        if hasNewState || symbols.count != old.symbols.count { changes.topics.insert(.summary) }
        return changes
    }

    /// The stretches in which bars may have come or become final, and that no glance shows.
    func unseen(since old: LiveSnapshot) -> [(series: StoredSeries, range: TimeRange)] {
        series.values.compactMap { glance in
            guard let before = old.series[glance.stored.series],
                let range = GlanceChange.unseen(from: before, to: glance)
            else { return nil }
            return (glance.stored, range)
        }
    }
}

extension LiveSnapshot.Changes {
    fileprivate mutating func add(_ change: GlanceChange, of name: Series) {
        guard case .elsewhere(let isNew) = change else { return }
        series.insert(name)
        topics.formUnion([.summary, .candles, .coverage, .gaps])
        if isNew { topics.insert(.symbols) }
    }
}

/// How one series went on between two glances.
enum GlanceChange: Sendable, Equatable {
    /// By bars at its newest end that are told of one by one, or not at all.
    case atItsEnd
    /// In its history, too: what anybody has of it is old.
    case elsewhere(isNew: Bool)

    /// More bars than these are asked for, not told.
    static let toldAtMost: Int64 = 200

    /// `told` are the bars that are told of.
    init(from old: SeriesGlance?, to new: SeriesGlance, told: [StoredCandle]) {
        guard let old, old.stored.id == new.stored.id else {
            self = .elsewhere(isNew: true)
            return
        }
        self = Self.isSteady(from: old, to: new, told: told) ? .atItsEnd : .elsewhere(isNew: false)
    }

    /// Where bars came, or became final, that are older than those of the new glance; nil where there are none, or too many.
    static func unseen(from old: SeriesGlance, to new: SeriesGlance) -> TimeRange? {
        guard old.stored.id == new.stored.id, let end = new.newest.first?.candle.openTime,
            var start = old.newest.last?.candle.openTime
        else { return nil }
        let step = new.stored.series.timeframe.milliseconds
        if old.overview.lastFinal != new.overview.lastFinal, let final = old.overview.lastFinal {
            start = min(start, final + step)
        }
        return start < end && (end - start) / step <= toldAtMost ? TimeRange(start, end) : nil
    }

    /// Whether as many candles came as are told of, none was corrected, and no more is proven empty than time went on.
    private static func isSteady(from old: SeriesGlance, to new: SeriesGlance, told: [StoredCandle]) -> Bool {
        let (before, after) = (old.overview, new.overview)
        let came = told.count { $0.candle.openTime > before.last ?? .min }
        guard after.count - before.count == came, after.first == before.first || before.first == nil,
            after.suspect == before.suspect, new.revisions == old.revisions,
            old.stored.firstOpen == new.stored.firstOpen,
            old.stored.wantedFrom == new.stored.wantedFrom
        else { return false }
        let step = new.stored.series.timeframe.milliseconds
        guard let proven = new.provenTo else { return old.provenTo == nil && after.empty == before.empty }
        let advance = (proven - (old.provenTo ?? proven)) / step
        return advance >= 0 && (0...advance).contains(Int64(after.empty - before.empty))
    }
}

/// What of the hosts has changed between two looks.
enum OperationsChange {
    static func topics(from old: [HostOperations], to new: [HostOperations]) -> Set<ChangedEvent.Topic> {
        var topics: Set<ChangedEvent.Topic> = []
        func compare(_ topic: ChangedEvent.Topic, _ part: (HostOperations) -> some Equatable) {
            if old.map(part) != new.map(part) { topics.formUnion([topic, .summary]) }
        }
        compare(.jobs, \.jobs)
        compare(.breakers, \.breakers)
        compare(.alerts, \.alerts)
        compare(.backups, \.backups)
        compare(.summary, \.host)
        return topics
    }
}
