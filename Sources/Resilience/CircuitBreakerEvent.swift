/// What a circuit breaker did, for logs, counters and the journal.
package enum CircuitBreakerEvent: Sendable, Equatable {
    case success
    case failure
    case slowSuccess
    case slowFailure
    /// A call that was cancelled: neither a success nor a failure.
    case ignored
    /// A result from before the latest change of state.
    case stale
    case notPermitted
    case failuresInARow(Int)
    case failureRateExceeded(Double)
    case slowCallRateExceeded(Double)
    case transition(from: CircuitBreakerPhase, to: CircuitBreakerPhase)
    case reset
}

/// The name of a circuit breaker's state.
package enum CircuitBreakerPhase: String, Sendable, Codable, CaseIterable {
    case closed
    case open
    case halfOpen = "half-open"
    /// Held open by a person; only a reset ends it.
    case forcedOpen = "forced-open"
    /// Switched off by a person: every call goes, none is recorded.
    case disabled

    /// The number that a metric shows.
    package var gauge: Int {
        switch self {
        case .closed: 0
        case .open: 1
        case .halfOpen: 2
        case .disabled: 3
        case .forcedOpen: 4
        }
    }
}

/// Leave to make one call; its result is recorded under the same permit.
package struct BreakerPermit: Sendable, Equatable {
    /// The state that gave it, numbered: a result counts only while that state lasts.
    package let generation: Int64
    /// Tells the calls of one half-open state apart; 0 in the others.
    package let number: Int64
    /// Milliseconds of a monotonic clock.
    package let startedAt: Int64

    package init(generation: Int64, number: Int64, startedAt: Int64) {
        self.generation = generation
        self.number = number
        self.startedAt = startedAt
    }
}

/// A call that was not made, because those before it failed.
package struct CircuitOpen: Fault, Equatable {
    package let name: String
    /// When to ask again; nil where a person holds the breaker open.
    package let remaining: Duration?

    package init(name: String, remaining: Duration?) {
        self.name = name
        self.remaining = remaining
    }

    package var code: String { "circuit-open" }
    package var kind: FaultKind { .unavailable }
    package var origin: FaultOrigin { .service }
    package var disposition: Disposition { remaining.map { .retryable(after: $0) } ?? .permanent }
    package var summary: String {
        guard let remaining else { return "the circuit breaker \(name) was opened by hand, so no calls are made" }
        return "the circuit breaker \(name) is open for another \(remaining), because calls failed too often"
    }
    package var hint: String? {
        remaining == nil
            ? "run 'ops breakers reset \(name)' when calls may go out again" : "wait; it tries again by itself"
    }
}

/// Counts of calls by how they went.
package struct CircuitBreakerMetrics: Sendable, Equatable, Codable {
    /// Quick and without error.
    package var successful = 0
    package var failed = 0
    package var slowSuccessful = 0
    package var slowFailed = 0
    package var notPermitted = 0

    package init() {}

    package var calls: Int { successful.plus(failed).plus(slowSuccessful).plus(slowFailed) }

    mutating func count(_ outcome: CircuitBreakerState.Outcome) {
        switch (outcome.failed, outcome.slow) {
        case (false, false): successful = successful.plus(1)
        case (true, false): failed = failed.plus(1)
        case (false, true): slowSuccessful = slowSuccessful.plus(1)
        case (true, true): slowFailed = slowFailed.plus(1)
        }
    }
}
