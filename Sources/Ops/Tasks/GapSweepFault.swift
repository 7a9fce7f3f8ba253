import Resilience

/// Repairs that ended otherwise than they may; the others were made.
struct GapSweepFault: Fault {
    struct Failure: Sendable {
        let series: String
        let problem: String
    }

    let failures: [Failure]
    /// How many series were asked for in all.
    let asked: Int

    var code: String { "gap-sweep-failed" }
    var kind: FaultKind { .unavailable }
    var disposition: Disposition { .retryable(after: nil) }
    var summary: String {
        let first = failures.prefix(3).map { "\($0.series): \($0.problem)" }.joined(separator: "; ")
        return "\(failures.count) of \(asked) gap repairs failed: \(first)"
    }
    var hint: String? { "run 'ingest gap-repair --series \(failures.first?.series ?? "BTCUSD-1m")' by hand" }
}
