package import Candles

/// Keeps candles together with the proof of what is known about them.
///
/// Postgres and SQLite conform, with the same tables and the same meaning. Every method is one transaction; a method that
/// throws has changed nothing. Each first looks whether this is still the database that was opened, and one that takes a
/// `StoredSeries` to write whether its number still names that series.
/// - Throws: `StorageFault`, or `CancellationError`.
package protocol CandleStore: Sendable {
    /// Names the database in locks and messages; holds no secret.
    var identity: String { get }

    /// Looks whether this is still the database that was opened.
    ///
    /// - Throws: `StorageFault.replaced`.
    func ensureSame() async throws

    /// Notes the exchange that the candles come from; a database that holds another's is refused.
    ///
    /// - Throws: `StorageFault.otherExchange`.
    func bind(to exchange: String) async throws

    /// The series as it is kept, or nil where nobody asked for it yet.
    func find(_ series: Series) async throws -> StoredSeries?

    /// Creates the series, or lowers its `wantedFrom`.
    func track(_ series: Series, from: UnixMilliseconds) async throws -> StoredSeries

    /// Records the open time of the series' first candle at the exchange, and when the exchange said that nothing is before it;
    /// nil where it was not asked.
    func setFirstOpen(_ time: UnixMilliseconds, provenAt: UnixMilliseconds?, of series: StoredSeries) async throws

    /// Records since when the exchange no longer has the series, nil where it has it, and when its list was read for that.
    func setGone(since: UnixMilliseconds?, listReadAt: UnixMilliseconds?, of series: StoredSeries) async throws

    /// What has been proven, candles or their absence.
    func coverage(of series: StoredSeries) async throws -> IntervalSet

    /// The newest kept candle in `range`, and the oldest.
    func edges(of series: StoredSeries, in range: TimeRange) async throws -> (
        oldest: UnixMilliseconds, newest: UnixMilliseconds
    )?

    /// Stores a page's rows together with what they prove.
    ///
    /// Storing the same page twice changes nothing. Provisional rows in what is proven are replaced, or removed where the
    /// page lacks them. Where the exchange changed a final row beyond summation noise, old and new values are kept as a
    /// revision.
    func store(_ page: ProvenPage, of series: StoredSeries) async throws -> StoredPage

    /// Stores rows that the exchange may still change; they prove nothing. Returns the number of rows written.
    ///
    /// A row replaces only a provisional one whose volume is not larger: within an interval volume grows, so that an older
    /// state never overwrites a newer one. All rows of all series are one transaction.
    func store(provisional rows: [ProvisionalRows]) async throws -> Int

    /// The open time of the newest final candle.
    func lastFinal(of series: StoredSeries) async throws -> UnixMilliseconds?

    /// The number of kept candles in each stretch.
    func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int]

    /// Records up to where confirmed empty intervals have been asked for again.
    func setRecheckedTo(_ time: UnixMilliseconds, of series: StoredSeries) async throws

    /// The bars of which the exchange is known to disagree with itself.
    func disagreements(of series: StoredSeries) async throws -> Set<Disagreement>

    /// Adds bars to those of which the exchange is known to disagree with itself.
    func note(_ disagreements: Set<Disagreement>, of series: StoredSeries) async throws

    /// Replaces what is known of symbols at a glance.
    func store(tickers: [Ticker], at time: UnixMilliseconds) async throws

    /// Replaces what a host says of itself: a JSON document.
    func publish(status document: String, of host: String, at time: UnixMilliseconds) async throws

    /// What each host last said of itself, by name.
    func hostStatuses() async throws -> [HostStatus]

    /// Every series at a glance, without a scan of the candles.
    func overview(now: UnixMilliseconds) async throws -> [SeriesOverview]

    /// What is unknown, oldest first.
    func gaps(now: UnixMilliseconds) async throws -> [Gap]

    /// The kept candles, oldest first, at most `limit`.
    func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle]

    /// Removes candles and coverage of a stretch, or the whole series where `range` is nil; returns the number of candles.
    func forget(_ series: StoredSeries, in range: TimeRange?) async throws -> Int

    /// Takes a lock that the database itself enforces between machines, until `close()`; false where another holds it.
    func lock(_ name: String, shared: Bool) async throws -> Bool

    /// Ends all connections; nothing may be called afterwards.
    func close() async
}

extension CandleStore {
    /// Records a first candle of which nobody asked whether anything is before it.
    package func setFirstOpen(_ time: UnixMilliseconds, of series: StoredSeries) async throws {
        try await setFirstOpen(time, provenAt: nil, of: series)
    }
}

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

/// What a host says of itself.
package struct HostStatus: Sendable, Equatable {
    package let host: String
    package let at: UnixMilliseconds
    /// JSON.
    package let document: String
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

    package init(
        series: Series, first: UnixMilliseconds?, last: UnixMilliseconds?, lastFinal: UnixMilliseconds?, count: Int,
        empty: Int, unknown: Int, suspect: Int, goneSince: UnixMilliseconds? = nil
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
    }
}
