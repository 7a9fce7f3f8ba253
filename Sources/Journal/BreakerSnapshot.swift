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

    /// Calls that were asked for: those that were made and came to an end, and those that were refused.
    package var totalCalls: Int { madeCalls + rejectedCalls }
    /// A slow call is a failure, too.
    package var failedCalls: Int { sum(.failure, .slowFailure, .slowSuccess) }
    package var rejectedCalls: Int { sum(.notPermitted) }
    /// Of the calls that were made; nil where there was none.
    package var failureRate: Double? { Self.share(failedCalls, of: madeCalls) }
    /// Of all calls; nil where there was none.
    package var rejectionRate: Double? { Self.share(rejectedCalls, of: totalCalls) }

    private var madeCalls: Int { sum(.success, .failure, .slowSuccess, .slowFailure) }
    private func sum(_ kinds: BreakerTotal...) -> Int { kinds.reduce(0) { $0 + (totals[$1] ?? 0) } }
    private static func share(_ part: Int, of all: Int) -> Double? { all > 0 ? Double(part) / Double(all) : nil }
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
