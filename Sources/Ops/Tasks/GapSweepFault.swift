import Resilience

/// A repair that ended with another code than it may.
struct GapSweepFault: Fault {
    let series: String
    let status: Int
    let lastWords: String

    var code: String { "gap-sweep-failed" }
    var disposition: Disposition { .retryable(after: nil) }
    var summary: String { "the gap repair of \(series) ended with exit code \(status): \(lastWords)" }
    var hint: String? { "run 'ingest gap-repair --series \(series)' by hand" }
}
