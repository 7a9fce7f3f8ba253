package import Candles

/// Reads candles and what is proven of them, and can change nothing.
///
/// SQLite is opened read-only; for Postgres a role that may only read is enough. Every method is one read of one state.
/// - Throws: `StorageFault`, or `CancellationError`. Where the connection is lost it is opened again at the next call.
///
/// A row of `series` that names none is left out: whoever opened the reader is told of it.
package protocol CandleReader: Sendable {
    /// Names the database in messages; holds no secret.
    var identity: String { get }

    /// Every series with its newest candles; no scan of the candles.
    func glances(now: UnixMilliseconds) async throws -> [SeriesGlance]

    /// What is known of symbols at a glance, and since when.
    func tickers() async throws -> [TickerReading]

    /// The newest candles that opened before `time`, oldest first, at most `limit`.
    func candles(of series: StoredSeries, before time: UnixMilliseconds, limit: Int) async throws -> [StoredCandle]

    /// The candles of a stretch, oldest first, at most `limit`.
    func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle]

    /// The newest candles of weeks, 14 days or months that opened before `time`, oldest first: folded from kept days.
    func candles(of symbol: Symbol, period: DerivedPeriod, before time: UnixMilliseconds, limit: Int) async throws
        -> [StoredCandle]

    /// The close of the newest candle before each time, where one is at most `age` old; `times` ascend.
    func closes(of series: StoredSeries, before times: [UnixMilliseconds], age: Duration) async throws -> [Double?]

    /// What the candles that opened in a stretch come to; nil where there are none.
    func total(of series: StoredSeries, in range: TimeRange) async throws -> CandleTotal?

    /// What has been proven in a stretch, candles or their absence.
    func coverage(of series: StoredSeries, in range: TimeRange) async throws -> IntervalSet

    /// Whether any candle is kept in each stretch.
    func presence(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Bool]

    /// The number of kept candles in each stretch.
    func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int]

    /// What is unknown, oldest first.
    func gaps(now: UnixMilliseconds) async throws -> [Gap]

    /// What each host last said of itself, by name.
    func hostStatuses() async throws -> [PublishedStatus]

    /// Waits until something was committed since the last call of it, at most `limit`; false where nothing was.
    ///
    /// Postgres tells of series with their candles, of tickers and of host statuses (`NOTIFY candles`, `tickers`, `host_status`),
    /// SQLite of anything. True also where the database was opened again: the first call, and the one after a fault, give it at
    /// once. One caller at a time.
    func change(within limit: Duration) async throws -> Bool

    /// Ends all connections; nothing may be called afterwards.
    func close() async
}

/// A series and the newest that is known of it.
package struct SeriesGlance: Sendable, Equatable {
    package let stored: StoredSeries
    package let overview: SeriesOverview
    /// The end of the newest proven stretch; nil where nothing is proven.
    package let provenTo: UnixMilliseconds?
    /// The newest kept candles, oldest first, at most two: the forming one and the one before.
    package let newest: [StoredCandle]
    /// How often what was final was corrected: no other count tells of that.
    package let revisions: Int

    package init(
        stored: StoredSeries, overview: SeriesOverview, provenTo: UnixMilliseconds?, newest: [StoredCandle],
        revisions: Int = 0
    ) {
        self.stored = stored
        self.overview = overview
        self.provenTo = provenTo
        self.newest = newest
        self.revisions = revisions
    }
}

/// Candles taken together.
package struct CandleTotal: Sendable, Equatable {
    package let high: Double
    package let low: Double
    /// In the base currency.
    package let volume: Double

    package init(high: Double, low: Double, volume: Double) {
        self.high = high
        self.low = low
        self.volume = volume
    }
}

/// What was known of a symbol at a time.
package struct TickerReading: Sendable, Equatable {
    package let ticker: Ticker
    package let at: UnixMilliseconds

    package init(ticker: Ticker, at: UnixMilliseconds) {
        self.ticker = ticker
        self.at = at
    }
}
