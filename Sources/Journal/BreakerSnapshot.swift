package import Candles
package import Resilience

/// What the journal knows of one breaker.
package struct BreakerSnapshot: Sendable, Equatable {
    package let name: String
    package let state: CircuitBreakerState
    /// Counts since the journal began, by kind.
    package let totals: [BreakerTotal: Int]
    /// Changes of state and their reasons, newest first.
    package let events: [BreakerEventRow]
}

/// What is counted for each breaker.
package enum BreakerTotal: String, Sendable, CaseIterable {
    case success, failure, ignored, stale, opened
    case slowSuccess = "slow-success"
    case slowFailure = "slow-failure"
    case notPermitted = "not-permitted"

    init?(_ event: CircuitBreakerEvent) {
        switch event {
        case .success: self = .success
        case .failure: self = .failure
        case .slowSuccess: self = .slowSuccess
        case .slowFailure: self = .slowFailure
        case .ignored: self = .ignored
        case .stale: self = .stale
        case .notPermitted: self = .notPermitted
        case .transition(_, to: .open): self = .opened
        case .transition, .reset, .failuresInARow, .failureRateExceeded, .slowCallRateExceeded:
            return nil
        }
    }
}

/// One entry of a breaker's history.
package struct BreakerEventRow: Sendable, Equatable {
    package let at: UnixMilliseconds
    /// The state that it went to, `reset`, or the reason of what follows it.
    package let kind: String
    package let detail: String?
}
