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
