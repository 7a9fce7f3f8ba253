/// Decides whether calls may go out, from how the ones before them went.
///
/// Closed, calls go. It opens at a number of failures in a row, or at a failure rate over the latest calls; a slow call is a
/// failure. After a while open it is half-open: a few calls at once, whose permits come back on record. Enough successes
/// close it, one failure opens it. Times are milliseconds of a monotonic clock. Nothing changes by time passing alone: a
/// state that is over is found out by the next call.
package struct CircuitBreakerState: Sendable, Equatable, Codable {
    package private(set) var phase: CircuitBreakerPhase = .closed
    /// When the phase began.
    package private(set) var since: Int64 = 0
    /// When an open breaker lets a call through; only calls strictly after it.
    package private(set) var openUntil: Int64 = 0
    /// Grows by one at each change of phase.
    package private(set) var generation: Int64 = 0
    /// How often it opened since it was last closed.
    package private(set) var openings = 0
    package private(set) var failuresInARow = 0
    /// What happened in this phase.
    package private(set) var metrics = CircuitBreakerMetrics()
    private var latest: [Outcome] = []
    /// Calls of the half-open state that have not reported, by permit number.
    private var outstanding: Set<Int64> = []
    private var lastPermit: Int64 = 0
    private var successes = 0

    package init() {}

    /// What became of a request for leave.
    package enum Admission: Sendable, Equatable {
        case admitted(BreakerPermit)
        /// Ask again after `remaining`; nil where only a person can change it.
        case rejected(remaining: Duration?)
    }

    /// As it is to be shown: one whose time is over is half-open, whether or not a call came since.
    package func shown(at now: Int64) -> CircuitBreakerState {
        guard phase == .open, now > openUntil else { return self }
        var shown = self
        shown.phase = .halfOpen
        return shown
    }

    /// Asks for leave to make a call.
    package mutating func admit(
        at now: Int64, settings: CircuitBreakerSettings
    ) -> (admission: Admission, events: [CircuitBreakerEvent]) {
        var events = expire(at: now, settings: settings)
        if phase == .open, now > openUntil { events.append(enter(.halfOpen, at: now)) }
        switch phase {
        case .closed, .disabled:
            return (.admitted(BreakerPermit(generation: generation, number: 0, startedAt: now)), events)
        case .halfOpen where outstanding.count < settings.halfOpenCalls:
            lastPermit = lastPermit.plus(1)
            outstanding.insert(lastPermit)
            return (
                .admitted(BreakerPermit(generation: generation, number: lastPermit, startedAt: now)), events
            )
        case .halfOpen: return reject(for: Self.busyWait, events)
        case .open: return reject(for: .milliseconds(openUntil.minus(now).plus(1)), events)
        case .forcedOpen: return (.rejected(remaining: nil), events)
        }
    }

    /// Takes the result of a call in.
    package mutating func record(
        _ permit: BreakerPermit, succeeded: Bool, at now: Int64, settings: CircuitBreakerSettings
    ) -> [CircuitBreakerEvent] {
        let expired = expire(at: now, settings: settings)
        if phase == .disabled { return expired }
        guard giveBack(permit) else { return expired + [.stale] }
        let slow = now.minus(permit.startedAt) > settings.slowCall.wholeMilliseconds
        let outcome = Outcome(failed: !succeeded, slow: slow)
        metrics.count(outcome)
        return expired + [outcome.event]
            + (phase == .halfOpen
                ? judgeTrial(outcome, at: now, settings) : judge(outcome, at: now, settings))
    }

    /// Gives the permit of a call back that ended without a result.
    package mutating func cancel(
        _ permit: BreakerPermit, at now: Int64, settings: CircuitBreakerSettings
    ) -> [CircuitBreakerEvent] {
        let expired = expire(at: now, settings: settings)
        if phase == .disabled { return expired }
        return expired + [giveBack(permit) ? .ignored : .stale]
    }

    /// Closes it and forgets everything.
    package mutating func reset(at now: Int64) -> [CircuitBreakerEvent] {
        let old = phase
        _ = enter(.closed, at: now)
        return old == .closed ? [.reset] : [.transition(from: old, to: .closed), .reset]
    }

    /// Holds it open until a reset.
    package mutating func forceOpen(at now: Int64) -> [CircuitBreakerEvent] {
        phase == .forcedOpen ? [] : [enter(.forcedOpen, at: now)]
    }

    /// Switches it off until a reset.
    package mutating func disable(at now: Int64) -> [CircuitBreakerEvent] {
        phase == .disabled ? [] : [enter(.disabled, at: now)]
    }

    /// Whether one more quick success would change nothing but `metrics`.
    package func isSettled(_ settings: CircuitBreakerSettings) -> Bool {
        phase == .closed && latest.count == settings.window
            && latest.allSatisfy { !$0.counts && !$0.slow }
    }

    private static let busyWait = Duration.seconds(1)

    private mutating func reject(
        for remaining: Duration, _ events: [CircuitBreakerEvent]
    ) -> (Admission, [CircuitBreakerEvent]) {
        metrics.notPermitted = metrics.notPermitted.plus(1)
        return (.rejected(remaining: remaining), events + [.notPermitted])
    }

    /// Whether the permit belongs to the present state, and had not been used.
    private mutating func giveBack(_ permit: BreakerPermit) -> Bool {
        guard permit.generation == generation else { return false }
        return phase == .halfOpen ? outstanding.remove(permit.number) != nil : true
    }

    /// Opens a breaker whose trial calls did not decide in time.
    private mutating func expire(at now: Int64, settings: CircuitBreakerSettings)
        -> [CircuitBreakerEvent]
    {
        let end = since.plus(settings.halfOpenFor.wholeMilliseconds)
        return phase == .halfOpen && now >= end ? [open(at: end, settings)] : []
    }

    private mutating func judgeTrial(
        _ outcome: Outcome, at now: Int64, _ settings: CircuitBreakerSettings
    ) -> [CircuitBreakerEvent] {
        if outcome.counts { return [open(at: now, settings)] }
        successes = successes.plus(1)
        return successes >= settings.successThreshold ? [enter(.closed, at: now)] : []
    }

    private mutating func judge(
        _ outcome: Outcome, at now: Int64, _ settings: CircuitBreakerSettings
    ) -> [CircuitBreakerEvent] {
        latest.append(outcome)
        latest.removeFirst(max(0, latest.count - settings.window))
        failuresInARow = outcome.counts ? failuresInARow.plus(1) : 0
        let reasons = reasonsToOpen(settings)
        return reasons.isEmpty ? [] : reasons + [open(at: now, settings)]
    }

    private func reasonsToOpen(_ settings: CircuitBreakerSettings) -> [CircuitBreakerEvent] {
        var reasons: [CircuitBreakerEvent] = []
        if failuresInARow >= settings.failuresInARow { reasons.append(.failuresInARow(failuresInARow)) }
        if latest.count >= settings.minimumCalls {
            let rate = Double(latest.count(where: \.counts)) / Double(latest.count)
            let slow = Double(latest.count(where: \.slow)) / Double(latest.count)
            if rate >= settings.failureRate { reasons.append(.failureRateExceeded(rate)) }
            if slow >= settings.failureRate { reasons.append(.slowCallRateExceeded(slow)) }
        }
        return reasons
    }

    private mutating func open(at now: Int64, _ settings: CircuitBreakerSettings)
        -> CircuitBreakerEvent
    {
        let event = enter(.open, at: now)
        openings = openings.plus(1)
        var wait = settings.openFor
        for _ in 1..<min(max(1, openings), 10_000) where wait < settings.openForAtMost { wait *= settings.openFactor }
        openUntil = now.plus(min(wait, settings.openForAtMost).wholeMilliseconds)
        return event
    }

    private mutating func enter(_ next: CircuitBreakerPhase, at now: Int64) -> CircuitBreakerEvent {
        let event = CircuitBreakerEvent.transition(from: phase, to: next)
        phase = next
        since = now
        generation = generation.plus(1)
        failuresInARow = 0
        successes = 0
        latest = []
        outstanding = []
        metrics = CircuitBreakerMetrics()
        if next == .closed { openings = 0 }
        return event
    }
}

extension CircuitBreakerState {
    /// How one call went.
    struct Outcome: Sendable, Equatable, Codable {
        let failed: Bool
        let slow: Bool
        /// Whether it counts as a failure.
        var counts: Bool { failed || slow }
        var event: CircuitBreakerEvent {
            if slow { return failed ? .slowFailure : .slowSuccess }
            return failed ? .failure : .success
        }

        init(failed: Bool, slow: Bool) {
            self.failed = failed
            self.slow = slow
        }

        init(from decoder: any Decoder) throws {
            let bits = try decoder.singleValueContainer().decode(Int.self)
            self.init(failed: bits & 1 != 0, slow: bits & 2 != 0)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode((failed ? 1 : 0) | (slow ? 2 : 0))
        }
    }
}
