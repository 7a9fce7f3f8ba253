import Candles
import Journal
import Transport

/// Looks at a service: everything that is configured for it, once.
///
/// What looks bad for a moment only, as a log that is being rotated or a process that a signal stopped, is looked at twice.
struct ServiceEye<C: Clock>: Sendable where C.Duration == Duration {
    private let service: WatchedService
    private let control: any ServiceControl
    private let journal: Journal
    private let probe: EndpointProbe
    private let clock: C
    private let now: @Sendable () -> UnixMilliseconds
    private let processes = ProcessTable()

    private static var secondLook: Duration { .seconds(1) }

    init(
        _ service: WatchedService, control: any ServiceControl, journal: Journal, transport: any HTTPTransport,
        clock: C, now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.service = service
        self.control = control
        self.journal = journal
        probe = EndpointProbe(transport: transport)
        self.clock = clock
        self.now = now
    }

    /// Takes some seconds where an endpoint hangs.
    ///
    /// - Throws: `JournalFault`, or `CancellationError`.
    func look() async throws -> Observation {
        var seen = Observation(try await control.status())
        guard case .running(let main) = seen.status else { return seen }
        if let main {
            seen.age = processes.age(of: main)
            seen.isStopped = try await isStopped(main)
        }
        if let log = service.log { seen.log = try await look(at: log) }
        if let url = service.healthURL { seen.endpoint = try await probe.look(at: url) }
        if let beat = service.beat {
            seen.beat =
                try await journal.heartbeat(of: beat.name)
                .map { .seen(age: .milliseconds(max(0, now() - $0.at))) } ?? .never
        }
        return seen
    }

    private func isStopped(_ main: ProcessIdentity) async throws -> Bool {
        func stopped() -> Bool { processes.process(main.pid)?.isStopped ?? false }
        guard stopped() else { return false }
        try await clock.sleep(for: Self.secondLook)
        return stopped()
    }

    private func look(at log: WatchedService.Log) async throws -> Observation.Log {
        let first = LogTail(log).look(now: now())
        if case .seen = first { return first }
        try await clock.sleep(for: Self.secondLook)
        return LogTail(log).look(now: now())
    }
}
