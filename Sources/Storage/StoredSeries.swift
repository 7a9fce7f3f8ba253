package import Candles

/// A series as the database knows it.
package struct StoredSeries: Sendable, Equatable {
    package let id: Int64
    package let series: Series
    /// The exchange's first candle, once a probe has told.
    package var firstOpen: UnixMilliseconds?
    /// The earliest start that anybody asked for.
    package var wantedFrom: UnixMilliseconds
    /// Up to here confirmed empty intervals have been asked for again.
    package var recheckedTo: UnixMilliseconds?
    /// When the exchange last said that nothing is before the first candle; nil where nobody asked.
    package var firstProvenAt: UnixMilliseconds?
    /// Since when the exchange neither lists the pair nor has its known candles; nil where it has them.
    package var goneSince: UnixMilliseconds?
    /// When the exchange's list was last read to know whether it has the series again.
    package var listReadAt: UnixMilliseconds?

    package init(
        id: Int64, series: Series, firstOpen: UnixMilliseconds?, wantedFrom: UnixMilliseconds,
        recheckedTo: UnixMilliseconds? = nil, firstProvenAt: UnixMilliseconds? = nil,
        goneSince: UnixMilliseconds? = nil, listReadAt: UnixMilliseconds? = nil
    ) {
        self.id = id
        self.series = series
        self.firstOpen = firstOpen
        self.wantedFrom = wantedFrom
        self.recheckedTo = recheckedTo
        self.firstProvenAt = firstProvenAt
        self.goneSince = goneSince
        self.listReadAt = listReadAt
    }

    /// The stretch that should be known by `now`, where `provenTo` is the end of what is proven.
    ///
    /// Of a series that is gone nothing more will come: what is wanted of it ends where its proof ends.
    package func wanted(at now: UnixMilliseconds, provenTo: UnixMilliseconds?) -> TimeRange {
        let start = max(wantedFrom, firstOpen ?? wantedFrom)
        let settled = series.timeframe.settledBoundary(at: now)
        return TimeRange(start, goneSince == nil ? settled : min(settled, provenTo ?? start))
    }
}

/// Final rows and the stretches that they prove: a unit of success.
package struct ProvenPage: Sendable, Equatable {
    /// Ascending, without duplicates.
    package var candles: [Candle]
    package var proven: [TimeRange]
    package var checkedAt: UnixMilliseconds
    /// Whether what was known before gives way: kept final rows that the page lacks are removed, and every difference is a
    /// revision.
    package var isCorrection: Bool

    package init(
        candles: [Candle], proven: [TimeRange], checkedAt: UnixMilliseconds, isCorrection: Bool = false
    ) {
        self.candles = candles
        self.proven = proven
        self.checkedAt = checkedAt
        self.isCorrection = isCorrection
    }

    /// The word that `coverage.proof` keeps.
    package static let proof = "rest"
}

extension ProvenPage {
    /// So many kept rows in a page's range must be looked at to know whether only its ends are kept.
    static let keptRowsToSee = 3

    /// The rows that are not kept yet, where nothing but the page's ends is kept, and these say the same; nil where the page
    /// must be merged.
    ///
    /// Pages of one series overlap by their witness: all but the first begin with a row that the page before brought.
    /// `kept` are the kept rows in the page's range, the oldest `keptRowsToSee` of them.
    func newRows(besides kept: [StoredCandle]) -> ArraySlice<Candle>? {
        if kept.count >= Self.keptRowsToSee || kept.contains(where: { !$0.final }) { return nil }
        var rows = candles[...]
        var others = kept.map(\.candle)[...]
        if let first = others.first, first == rows.first {
            rows.removeFirst()
            others.removeFirst()
        }
        if let last = others.last, last == rows.last {
            rows.removeLast()
            others.removeLast()
        }
        return others.isEmpty ? rows : nil
    }
}

/// Rows of one series that may still change.
package struct ProvisionalRows: Sendable, Equatable {
    package let series: StoredSeries
    /// Ascending, without duplicates.
    package let candles: [Candle]

    package init(series: StoredSeries, candles: [Candle]) {
        self.series = series
        self.candles = candles
    }
}

/// What storing a page changed.
package struct StoredPage: Sendable, Equatable {
    /// Rows inserted, changed or, by a correction, removed.
    package var written: Int
    /// Intervals of which the exchange now says something else than when they became final.
    package var revised: Int
    /// Rows that break low ≤ open, close ≤ high.
    package var suspect: Int

    package init(written: Int, revised: Int, suspect: Int) {
        self.written = written
        self.revised = revised
        self.suspect = suspect
    }
}

package struct StoredCandle: Sendable, Hashable {
    package let candle: Candle
    package let final: Bool

    package init(candle: Candle, final: Bool) {
        self.candle = candle
        self.final = final
    }
}

/// One line of `ingest status`.
package struct SeriesOverview: Sendable, Equatable {
    package let series: Series
    package let first: UnixMilliseconds?
    package let last: UnixMilliseconds?
    package let lastFinal: UnixMilliseconds?
    package let count: Int
    /// Intervals of which the exchange said that nobody traded.
    package let empty: Int
    /// Intervals of which nothing is proven.
    package let unknown: Int
    package let suspect: Int
    /// Since when the exchange has no longer anything of it; nil where it has.
    package let goneSince: UnixMilliseconds?
    /// The end of the newest proven stretch; nil where nothing is proven.
    package let provenTo: UnixMilliseconds?

    package init(
        series: Series, first: UnixMilliseconds?, last: UnixMilliseconds?, lastFinal: UnixMilliseconds?, count: Int,
        empty: Int, unknown: Int, suspect: Int, goneSince: UnixMilliseconds? = nil,
        provenTo: UnixMilliseconds? = nil
    ) {
        self.series = series
        self.first = first
        self.last = last
        self.lastFinal = lastFinal
        self.count = count
        self.empty = empty
        self.unknown = unknown
        self.suspect = suspect
        self.goneSince = goneSince
        self.provenTo = provenTo
    }
}
