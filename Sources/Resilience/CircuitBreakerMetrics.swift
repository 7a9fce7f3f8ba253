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
