package import Candles
package import Resilience

/// A breaker as people are shown it, in times of the wall clock.
package struct BreakerStatus: Sendable, Equatable {
    package let name: String
    package let phase: CircuitBreakerPhase
    /// When its phase began, where the history says so.
    package let since: UnixMilliseconds?
    /// Calls that failed or took too long, and calls that were not let through: ever.
    package let failures: Int
    package let refused: Int
    /// Why it opened last, in words; nil where it is closed.
    package let reason: String?
    /// When an open one lets a call through.
    package let retryAt: UnixMilliseconds?
}

extension BreakerSnapshot {
    /// `now` and `monotonicNow` are of one moment.
    package func standing(
        now: UnixMilliseconds, monotonicNow: Int64 = BootIdentity.milliseconds
    ) -> BreakerStatus {
        let isShut = state.phase == .open || state.phase == .halfOpen
        let opened = now.plus(state.openUntil.bounded).minus(monotonicNow)
        let change = events.first { CircuitBreakerPhase(rawValue: $0.kind) != nil || $0.kind == "reset" }
        let changedTo = change.flatMap { CircuitBreakerPhase(rawValue: $0.kind) } ?? .closed
        var since = changedTo == state.phase ? change?.at : nil
        // Half-open because its time is over, although no call has come since.
        if state.phase == .halfOpen, changedTo == .open { since = opened }
        return BreakerStatus(
            name: name, phase: state.phase, since: since,
            failures: [.failure, .slowFailure, .slowSuccess].reduce(0) { $0.plus(totals[$1] ?? 0) },
            refused: totals[.notPermitted] ?? 0, reason: isShut ? events.lazy.compactMap(\.reason).first : nil,
            retryAt: state.phase == .open ? opened : nil)
    }
}

extension BreakerEventRow {
    /// Why it opened, where the entry says so.
    fileprivate var reason: String? {
        switch kind {
        case "failures-in-a-row": "\(detail ?? "several") calls in a row failed"
        case "failure-rate-exceeded": "\(percent) of the latest calls failed"
        case "slow-call-rate-exceeded": "\(percent) of the latest calls took too long"
        default: nil
        }
    }

    private var percent: String {
        detail.flatMap { Double($0) }.map { "\(Int(nearest: ($0 * 100).rounded())) %" } ?? "many"
    }
}
