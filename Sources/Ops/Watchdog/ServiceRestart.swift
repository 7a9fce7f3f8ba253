import Host

/// How a restart ended.
package enum RestartOutcome: Sendable, Equatable {
    /// It runs, and every check is content.
    case healthy
    /// It runs; what it has not shown yet is counted from its start on.
    case running(String)
    case failed(String)

    package var text: String {
        switch self {
        case .healthy: "healthy"
        case .running(let words): "running: \(words)"
        case .failed(let words): "failed: \(words)"
        }
    }
}

/// How long each step of a restart takes.
package struct RestartTiming: Sendable {
    package var stop = Duration.seconds(2)
    package var kill = Duration.seconds(1)
    /// Until it has to run again.
    package var verify = Duration.seconds(30)
    /// It must be well for so long before that is believed: what falls at once has not started.
    package var settle = Duration.seconds(5)
    package var poll = Duration.seconds(1)

    package init() {}
}

/// Stops a service, waits, kills what is left, waits, starts it, and watches whether it is well.
package struct ServiceRestart<C: Clock>: Sendable where C.Duration == Duration {
    private let control: any ServiceControl
    private let timing: RestartTiming
    private let clock: C
    private let look: @Sendable () async throws -> [Finding]
    private let alive: @Sendable () -> Void

    /// `look` judges the service anew; `alive` is called between the steps.
    package init(
        _ control: any ServiceControl, timing: RestartTiming, clock: C, alive: @escaping @Sendable () -> Void,
        look: @escaping @Sendable () async throws -> [Finding]
    ) {
        self.control = control
        self.timing = timing
        self.clock = clock
        self.alive = alive
        self.look = look
    }

    /// - Throws: What `look` does, or `CancellationError`.
    package func run() async throws -> RestartOutcome {
        try await control.stop()
        try await wait(timing.stop)
        try await control.forceKill()
        try await wait(timing.kill)
        let deadline = clock.now.advanced(by: timing.verify)
        if let refusal = try await control.start() { return .failed("it could not be started: \(refusal)") }
        return try await verify(until: deadline)
    }

    private func wait(_ duration: Duration) async throws {
        alive()
        try await clock.sleep(for: duration)
    }

    private func verify(until deadline: C.Instant) async throws -> RestartOutcome {
        var wellSince: C.Instant?
        var main: ProcessIdentity?
        while true {
            let findings = try await look()
            let status = try await control.status()
            let isSame = status == .running(main: main)
            if case .running(let identity) = status { main = identity } else { main = nil }
            if ServiceHealth(findings) != .healthy || !isSame { wellSince = nil }
            if ServiceHealth(findings) == .healthy, wellSince == nil { wellSince = clock.now }
            if let wellSince, wellSince.duration(to: clock.now) >= timing.settle { return .healthy }
            if clock.now >= deadline { return verdict(status, findings) }
            try await wait(timing.poll)
        }
    }

    private func verdict(_ status: ServiceStatus, _ findings: [Finding]) -> RestartOutcome {
        let open = findings.filter { $0.level != .ok }.map(\.text).joined(separator: "; ")
        if case .running = status { return .running(open.isEmpty ? "it keeps starting anew" : open) }
        return .failed("it does not run after \(timing.verify.components.seconds)s: \(open)")
    }
}
