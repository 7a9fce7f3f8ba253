import Candles
import Storage

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
