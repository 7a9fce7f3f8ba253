import Candles
package import Resilience

/// A circuit breaker that all processes of this host share.
///
/// Its state is in the journal, and each change is one transaction. A closed breaker whose window holds nothing but quick
/// successes costs one small read to ask and one to record: another success would change only the totals, which are then
/// written with the next change, or at most every 10 s. A process that is killed loses no more than these counts. The state
/// of another boot of the machine, whose clock was another one, is forgotten.
package struct SharedCircuitBreaker: Sendable {
    private let journal: Journal
    private let name: String
    private let settings: CircuitBreakerSettings
    private let monotonicNow: @Sendable () -> Int64
    private let onEvent: @Sendable (CircuitBreakerEvent) -> Void
    private let boot: String
    private let tally = SuccessTally()

    /// A share in the breaker `name`.
    ///
    /// `monotonicNow` gives milliseconds of a clock that never goes back and that all processes of the host share, `boot`
    /// tells this boot of the machine from others, and `onEvent` is told what happened, after it was written.
    package init(
        journal: Journal, name: String, settings: CircuitBreakerSettings = .standard,
        monotonicNow: @escaping @Sendable () -> Int64, boot: String = BootIdentity.current,
        onEvent: @escaping @Sendable (CircuitBreakerEvent) -> Void = { _ in }
    ) {
        self.journal = journal
        self.name = name
        self.settings = settings
        self.monotonicNow = monotonicNow
        self.boot = boot
        self.onEvent = onEvent
    }

    /// Asks for leave to make one call, whose end must be given to `record` or `cancel`.
    ///
    /// - Throws: `CircuitOpen` where calls are held back.
    package func admit() async throws -> BreakerPermit {
        let summary = try await readSummary()
        if summary.boot == boot, summary.phase == .closed || summary.phase == .disabled {
            return BreakerPermit(generation: summary.generation, number: 0, startedAt: monotonicNow())
        }
        let admission = try await change { state, now, settings in
            state.admit(at: now, settings: settings)
        }
        switch admission {
        case .admitted(let permit): return permit
        case .rejected(let remaining): throw CircuitOpen(name: name, remaining: remaining)
        }
    }

    /// Takes the result of a call in.
    package func record(_ permit: BreakerPermit, succeeded: Bool) async throws {
        let quick = monotonicNow() - permit.startedAt <= settings.slowCall.milliseconds
        if succeeded, quick, try await recordsSilently(permit) { return }
        try await change { state, now, settings in
            ((), state.record(permit, succeeded: succeeded, at: now, settings: settings))
        }
    }

    /// Gives the permit of a call back that was cancelled; works in a cancelled task.
    package func cancel(_ permit: BreakerPermit) async throws {
        try await change { state, now, settings in
            ((), state.cancel(permit, at: now, settings: settings))
        }
    }

    /// Closes it and forgets what it knew.
    package func reset() async throws {
        try await change { state, now, _ in ((), state.reset(at: now)) }
    }

    /// Holds it open until a reset.
    package func forceOpen() async throws {
        try await change { state, now, _ in ((), state.forceOpen(at: now)) }
    }

    /// Lets every call go, unrecorded, until a reset.
    package func disable() async throws {
        try await change { state, now, _ in ((), state.disable(at: now)) }
    }

    /// The state and the totals, with what this process had not written yet.
    package func snapshot() async throws -> BreakerSnapshot {
        let pending = await tally.take()
        return try await journal.write { [name, boot] db, _ in
            let table = BreakerTable(db: db, name: name, boot: boot)
            try table.add(pending, to: .success)
            return BreakerSnapshot(
                name: name, state: try table.load().state, totals: try table.totals(),
                events: try table.events())
        }
    }

    /// Whether a quick success changed nothing but the totals.
    private func recordsSilently(_ permit: BreakerPermit) async throws -> Bool {
        let summary = try await readSummary()
        guard summary.settled, summary.boot == boot, summary.generation == permit.generation else {
            return false
        }
        onEvent(.success)
        let due = await tally.add(at: monotonicNow())
        if due > 0 {
            try await journal.write { [name, boot] db, _ in
                try BreakerTable(db: db, name: name, boot: boot).add(due, to: .success)
            }
        }
        return true
    }

    private func readSummary() async throws -> BreakerTable.Summary {
        try await journal.read { [name, boot] db in
            try BreakerTable(db: db, name: name, boot: boot).summary()
        }
    }

    private func change<T: Sendable>(
        _ body:
            @escaping @Sendable (inout CircuitBreakerState, Int64, CircuitBreakerSettings) -> (
                T, [CircuitBreakerEvent]
            )
    ) async throws -> T {
        let pending = await tally.take()
        let (value, events) = try await journal.write {
            [name, boot, settings, monotonicNow, uptime = journal.uptime] db, wall in
            let table = BreakerTable(db: db, name: name, boot: boot)
            var (state, events) = try table.load()
            let (value, changes) = body(&state, monotonicNow(), settings)
            events += changes
            try table.save(state, settled: state.isSettled(settings))
            try table.add(pending, to: .success)
            try table.note(events, at: wall) { try ClockTable(db: db, uptime: uptime()).ages(at: wall) }
            return (value, events)
        }
        for event in events { onEvent(event) }
        return value
    }
}
