/// When a circuit breaker opens, and what it takes to close it.
package struct CircuitBreakerSettings: Sendable, Equatable {
    package let failuresInARow: Int
    /// How many of the latest calls the failure rate is taken over.
    package let window: Int
    /// Calls in the window below which the rate says nothing.
    package let minimumCalls: Int
    /// Opens at this share of failures or above; in (0, 1].
    package let failureRate: Double
    /// A call that took longer than this counts as a failure.
    package let slowCall: Duration
    /// Calls at once while half-open.
    package let halfOpenCalls: Int
    package let successThreshold: Int
    /// How long it stays open the first time.
    package let openFor: Duration
    /// Each time that it opens again without having closed, it stays open this much longer, up to `openForAtMost`.
    package let openFactor: Double
    package let openForAtMost: Duration
    /// Half-open for longer than this without a decision is open again.
    package let halfOpenFor: Duration

    package static let standard = CircuitBreakerSettings(
        unchecked: 5, window: 100, minimumCalls: 10, failureRate: 0.5, slowCall: .seconds(5),
        halfOpenCalls: 1,
        successThreshold: 2, openFor: .seconds(60), openFactor: 1.5, openForAtMost: .seconds(300),
        halfOpenFor: .seconds(60))

    /// Checks every value; `openForAtMost` is 300 s, or `openFor` where that is longer.
    ///
    /// - Throws: `CircuitBreakerSettingsFault`, naming all that are out of range.
    package init(
        failuresInARow: Int = 5, window: Int = 100, minimumCalls: Int = 10, failureRate: Double = 0.5,
        slowCall: Duration = .seconds(5), halfOpenCalls: Int = 1, successThreshold: Int = 2,
        openFor: Duration = .seconds(60), openFactor: Double = 1.5,
        openForAtMost: Duration? = nil,
        halfOpenFor: Duration = .seconds(60)
    ) throws(CircuitBreakerSettingsFault) {
        self.init(
            unchecked: failuresInARow, window: window, minimumCalls: minimumCalls,
            failureRate: failureRate,
            slowCall: slowCall, halfOpenCalls: halfOpenCalls, successThreshold: successThreshold,
            openFor: openFor,
            openFactor: openFactor, openForAtMost: openForAtMost ?? max(.seconds(300), openFor),
            halfOpenFor: halfOpenFor)
        let problems = problems
        if !problems.isEmpty { throw CircuitBreakerSettingsFault(problems: problems) }
    }

    private init(
        unchecked failuresInARow: Int, window: Int, minimumCalls: Int, failureRate: Double,
        slowCall: Duration,
        halfOpenCalls: Int, successThreshold: Int, openFor: Duration, openFactor: Double,
        openForAtMost: Duration,
        halfOpenFor: Duration
    ) {
        self.failuresInARow = failuresInARow
        self.window = window
        self.minimumCalls = minimumCalls
        self.failureRate = failureRate
        self.slowCall = slowCall
        self.halfOpenCalls = halfOpenCalls
        self.successThreshold = successThreshold
        self.openFor = openFor
        self.openFactor = openFactor
        self.openForAtMost = openForAtMost
        self.halfOpenFor = halfOpenFor
    }

    private var problems: [String] {
        let day = Duration.seconds(86_400)
        let instant = Duration.milliseconds(1)
        return [
            Self.problem("failures in a row", failuresInARow, 1...1000),
            Self.problem("window", window, 1...1000),
            Self.problem("minimum of calls", minimumCalls, 1...max(1, window)),
            Self.problem("failure rate", failureRate, Double.leastNonzeroMagnitude...1),
            Self.problem("slow call", slowCall, instant...day),
            Self.problem("half-open calls", halfOpenCalls, 1...100),
            Self.problem("success threshold", successThreshold, 1...100),
            Self.problem("open time", openFor, instant...day),
            Self.problem("open factor", openFactor, 1...10),
            Self.problem("longest open time", openForAtMost, max(instant, openFor)...max(day, openFor)),
            Self.problem("half-open time", halfOpenFor, instant...Duration.seconds(60)),
        ].compactMap(\.self)
    }

    private static func problem<V: Comparable>(_ name: String, _ value: V, _ range: ClosedRange<V>)
        -> String?
    {
        range.contains(value)
            ? nil : "\(name) is \(value); use \(range.lowerBound) to \(range.upperBound)"
    }
}

/// Settings of a circuit breaker that make no sense.
package struct CircuitBreakerSettingsFault: Fault, Equatable {
    package let problems: [String]

    package var code: String { "breaker-settings-invalid" }
    package var kind: FaultKind { .configuration }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        "the settings of the circuit breaker contradict each other: \(problems.joined(separator: "; "))"
    }
    package var hint: String? { "change the settings that the message names" }
}
