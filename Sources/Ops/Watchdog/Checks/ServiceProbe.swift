import Candles
import Foundation
import Host
import Journal
import Resilience
import Transport

/// Looks at a service: everything that is configured for it, once.
///
/// A process that a signal stopped for a moment only is looked at twice.
struct ServiceProbe<C: Clock>: Sendable where C.Duration == Duration {
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
    /// Throws nothing but `CancellationError`.
    func look() async throws -> Observation {
        var seen = Observation(try await control.status())
        seen.automaticRestarts = try await control.automaticRestarts()
        guard case .running(let main) = seen.status else { return seen }
        if let main { seen.isStopped = try await isStopped(main) }
        if let log = service.log { seen.log = LogTail(log).look(now: now()) }
        if let url = service.healthURL { seen.endpoint = try await probe.look(at: url) }
        if let beat = service.beat { seen.beat = try await look(at: beat) }
        return seen
    }

    private func isStopped(_ main: ProcessIdentity) async throws -> Bool {
        func stopped() -> Bool { processes.process(main.pid)?.isStopped ?? false }
        guard stopped() else { return false }
        try await clock.sleep(for: Self.secondLook)
        return stopped()
    }

    private func look(at beat: WatchedService.Beat) async throws -> Observation.Beat {
        do {
            guard let last = try await journal.heartbeat(of: beat.name) else { return .never }
            return .seen(stamp: "\(last.at)", age: .milliseconds(now() - last.at))
        } catch let fault as any Fault {
            return .unreadable(fault.summary)
        }
    }
}

/// Asks a health endpoint once.
struct EndpointProbe: Sendable {
    let transport: any HTTPTransport

    private static let deadline = Duration.seconds(5)

    /// The address, where it is one.
    static func address(_ text: String) -> URL? {
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme?.lowercased()), url.host() != nil,
            NetworkPort.isSound(in: url.absoluteString)
        else { return nil }
        return url
    }

    /// Any status but 2xx counts as no answer: it says of itself that it is not well.
    func look(at url: String) async throws -> Observation.Endpoint {
        guard let address = Self.address(url) else { return .silent("'\(url)' is no address") }
        do {
            let reply = try await transport.send(HTTPCall(url: address, deadline: Self.deadline, bodyLimit: 1 << 20))
            return (200..<300).contains(reply.status) ? .answered : .silent("status \(reply.status)")
        } catch let fault as any Fault {
            return .silent(fault.summary)
        }
    }
}
