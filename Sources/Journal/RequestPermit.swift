package import Candles

/// Leave to send one request; it holds a slot until `SharedBudget.finish`.
package struct RequestPermit: Sendable, Equatable {
    package let startedAt: UnixMilliseconds
    /// The row that holds the slot; nil where there is no limit.
    let row: Int64?
    /// The number of the probe that this request is; nil where it is none.
    let probe: Int64?

    /// Whether it finds out for all others if a ban is over.
    package var isProbe: Bool { probe != nil }
}

/// How a request ended, as far as the budget cares.
package enum RequestOutcome: Sendable, Equatable {
    /// The host replied, whatever it said.
    case answered
    /// No reply came.
    case failed
    /// It was not made after all: its slot is free at once.
    case unsent
    /// The host said that there were too many.
    case rateLimited(retryAfter: Duration?)
}
