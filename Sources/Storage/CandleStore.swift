package import Candles

/// One database of candles, as it was opened.
///
/// Postgres and SQLite conform to this and to the protocols that refine it, with the same tables and the same meaning. Every method
/// is one transaction; a method that throws has changed nothing. Each first checks that this is still the database that was opened,
/// and one that takes a `StoredSeries` to write checks that its number still names that series.
/// - Throws: `StorageFault`, or `CancellationError`.
package protocol CandleDatabase: Sendable {
    /// Names the database in locks and messages; holds no secret.
    var identity: String { get }

    /// Looks whether this is still the database that was opened.
    ///
    /// - Throws: `StorageFault.replaced`.
    func ensureSame() async throws
}

/// Reads the kept candles of one series and what is proven of them.
package protocol CandleHistory: CandleDatabase {
    /// The series as it is kept, or nil where nobody asked for it yet.
    func find(_ series: Series) async throws -> StoredSeries?

    /// What has been proven, candles or their absence.
    func coverage(of series: StoredSeries) async throws -> IntervalSet

    /// The newest kept candle in `range`, and the oldest.
    func edges(of series: StoredSeries, in range: TimeRange) async throws -> (
        oldest: UnixMilliseconds, newest: UnixMilliseconds
    )?

    /// The open time of the newest final candle.
    func lastFinal(of series: StoredSeries) async throws -> UnixMilliseconds?

    /// The number of kept candles in each stretch.
    func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int]

    /// The kept candles, oldest first, at most `limit`.
    func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle]
}

/// Records which series are kept, and what the exchange says of each.
package protocol SeriesRegister: CandleDatabase {
    /// Notes the exchange that the candles come from; a database that holds another's is refused.
    ///
    /// - Throws: `StorageFault.otherExchange`.
    func bind(to exchange: String) async throws

    /// Creates the series, or lowers its `wantedFrom`.
    func track(_ series: Series, from: UnixMilliseconds) async throws -> StoredSeries

    /// Records the open time of the series' first candle at the exchange, and when the exchange said that nothing is before it;
    /// nil where it was not asked.
    func setFirstOpen(_ time: UnixMilliseconds, provenAt: UnixMilliseconds?, of series: StoredSeries) async throws

    /// Records since when the exchange no longer has the series, nil where it has it, and when its list was read for that.
    func setGone(since: UnixMilliseconds?, listReadAt: UnixMilliseconds?, of series: StoredSeries) async throws

    /// Records up to where confirmed empty intervals have been asked for again.
    func setRecheckedTo(_ time: UnixMilliseconds, of series: StoredSeries) async throws

    /// The bars of which the exchange is known to disagree with itself.
    func disagreements(of series: StoredSeries) async throws -> Set<Disagreement>

    /// Adds bars to those of which the exchange is known to disagree with itself.
    func note(_ disagreements: Set<Disagreement>, of series: StoredSeries) async throws

    /// Removes candles and coverage of a stretch, or the whole series where `range` is nil; returns the number of candles.
    func forget(_ series: StoredSeries, in range: TimeRange?) async throws -> Int
}

extension SeriesRegister {
    /// Records a first candle of which nobody asked whether anything is before it.
    package func setFirstOpen(_ time: UnixMilliseconds, of series: StoredSeries) async throws {
        try await setFirstOpen(time, provenAt: nil, of: series)
    }
}

/// Stores candles.
package protocol CandleWriter: CandleDatabase {
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
}

/// What a job that downloads candles needs.
package typealias CandleArchive = CandleHistory & CandleWriter & SeriesRegister

/// Reads all series at once.
package protocol SeriesSurvey: CandleDatabase {
    /// Every series at a glance, without a scan of the candles.
    func overview(now: UnixMilliseconds) async throws -> [SeriesOverview]

    /// What is unknown, oldest first.
    func gaps(now: UnixMilliseconds) async throws -> [Gap]
}

/// Keeps the tickers of all symbols.
package protocol TickerBoard: CandleDatabase {
    /// Replaces what is known of symbols at a glance.
    func store(tickers: [Ticker], at time: UnixMilliseconds) async throws
}

/// Keeps what each host says of itself.
package protocol HostBoard: CandleDatabase {
    /// Replaces what a host says of itself: a JSON document.
    func publish(status document: String, of host: String, at time: UnixMilliseconds) async throws

    /// What each host last said of itself, by name.
    func hostStatuses() async throws -> [PublishedStatus]
}

/// Locks that the database enforces between machines.
package protocol DatabaseLocks: CandleDatabase {
    /// Takes a lock that the database itself enforces between machines, until `close()`; false where another holds it.
    func lock(_ name: String, shared: Bool) async throws -> Bool
}

/// An open database with all its uses; who only uses it takes the smallest of its protocols.
package protocol CandleStore: CandleHistory, CandleWriter, DatabaseLocks, HostBoard, SeriesRegister, SeriesSurvey,
    TickerBoard
{
    /// Ends all connections; nothing may be called afterwards.
    func close() async
}

/// What a host published of itself.
package struct PublishedStatus: Sendable, Equatable {
    package let host: String
    package let at: UnixMilliseconds
    /// JSON.
    package let document: String

    package init(host: String, at: UnixMilliseconds, document: String) {
        self.host = host
        self.at = at
        self.document = document
    }
}
