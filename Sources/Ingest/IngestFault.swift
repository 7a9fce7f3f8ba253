package import Candles
package import Resilience

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
