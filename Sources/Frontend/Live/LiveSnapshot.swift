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
