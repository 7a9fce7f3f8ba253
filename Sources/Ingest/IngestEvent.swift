package import Candles
package import Resilience
package import Storage

/// What an ingest job did, as it happens: for the progress bar, the log and the metrics.
package enum IngestEvent: Sendable {
    /// The stretch to prove, and how much of it is unknown.
    case started(Series, TimeRange, unknownIntervals: Int)
    case requestSent
    /// The host's budget has no free slot, or a ban is on, for so long.
    case waiting(Duration)
    case retrying(any Fault, attempt: Int, after: Duration)
    /// The exchange or the database is away, and is waited for.
    case away(any Fault, askingAgainAfter: Duration)
    /// A page is in the database.
    case pageStored(ProvenPage, StoredPage, timeframe: Timeframe)
    /// One hole could not be proven; the job goes on with the others where that makes sense.
    case holeFailed(TimeRange, any Fault)
    case warned(IngestWarning)
}

/// What a job met that keeps it from nothing, and that a person should know.
package enum IngestWarning: Sendable, Equatable, CustomStringConvertible {
    /// A row that is no candle; `hides` is what stays unknown between its neighbours.
    case unreadableRow(Series, row: String)
    /// A row that came once more, word for word.
    case repeatedRow(Series, row: String)
    /// Candles that were kept as final, and that the exchange no longer has.
    case withdrawn(Series, [UnixMilliseconds])
    /// The first candle is another than the one that was believed to be.
    case beginning(Series, was: UnixMilliseconds, is: UnixMilliseconds)
    /// The exchange lists the pair no more, and answers nothing to its own candle.
    case gone(Series, witness: UnixMilliseconds)
    /// It lists the pair again.
    case back(Series)
    /// This host's clock is behind the exchange's.
    case hostClockBehind(seconds: Int64)

    package var description: String {
        switch self {
        case .unreadableRow(let series, let row):
            "\(series): a row is no candle, and everything between its neighbours stays unknown: \(row)"
        case .repeatedRow(let series, let row): "\(series): a row came twice, and counts once: \(row)"
        case .withdrawn(let series, let times):
            """
            \(series): the exchange has withdrawn \(times.count == 1 ? "a candle" : "\(times.count) candles") \
            (\(Self.list(times))); what was kept is in the table revisions
            """
        case .beginning(let series, let old, let new):
            """
            \(series): it begins with the candle of \(new.iso8601), not of \(old.iso8601); \
            'ingest backfill' asks for what is unknown between
            """
        case .gone(let series, let witness):
            """
            \(series) is gone: the exchange does not list \(series.symbol), and answers nothing to its own candle of \
            \(witness.iso8601). What is kept stays; its list is read once a day
            """
        case .back(let series): "\(series): the exchange lists \(series.symbol) again"
        case .hostClockBehind(let seconds):
            """
            this host's clock is \(seconds) s behind bitfinex's: the newest candles are asked for that much later. \
            Set it (timedatectl set-ntp true)
            """
        }
    }

    private static func list(_ times: [UnixMilliseconds]) -> String {
        times.prefix(5).map(\.iso8601).joined(separator: ", ") + (times.count > 5 ? ", …" : "")
    }
}

/// A job that cannot be done as it was asked for.
package enum IngestFault: Fault, Equatable {
    case startInFuture(UnixMilliseconds)
    case reversedRange(start: UnixMilliseconds, end: UnixMilliseconds)
    case seriesBusy(Series, job: String)
    case unknownSeries(Series)

    package var code: String {
        switch self {
        case .startInFuture: "range-in-future"
        case .reversedRange: "range-reversed"
        case .seriesBusy: "series-busy"
        case .unknownSeries: "series-not-kept"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .startInFuture, .reversedRange, .unknownSeries: .usage
        case .seriesBusy: .busy
        }
    }
    package var disposition: Disposition {
        if case .seriesBusy = self { .retryable(after: nil) } else { .permanent }
    }
    package var summary: String {
        switch self {
        case .startInFuture(let start): "the start \(start.iso8601) lies in the future"
        case .reversedRange(let start, let end): "the start \(start.iso8601) is not before the end \(end.iso8601)"
        case .seriesBusy(let series, let job): "another \(job) of \(series) is running on this database"
        case .unknownSeries(let series): "the database holds nothing of \(series)"
        }
    }
    package var hint: String? {
        switch self {
        case .startInFuture: "give a start in the past"
        case .reversedRange: "give a start before the end; the start is included, the end is not"
        case .seriesBusy: "wait for it to end; two jobs of one kind on one series would ask for the same pages"
        case .unknownSeries: "'ingest status' lists what there is"
        }
    }
}
