package import Candles
package import Hummingbird
import HummingbirdCore
package import Logging
import NIOConcurrencyHelpers
import NIOCore
package import NIOHTTP1
import ServiceLifecycle

/// An HTTP/1.1 server that strangers may talk to.
///
/// It answers requests with exactly one `Host` that it knows, puts security headers on every answer, errors too, and bounds
/// what a client can cost: connections, bytes, and the time of each step. It stops within `limits.stopping` and a moment,
/// whatever is open.
package struct HTTPServer<Responder: HTTPResponder>: Service
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    private let name: String
    private let place: ListenAddress
    private let limits: HTTPServerLimits
    private let methods: [HTTPMethod]
    private let headers: DefaultHeaders
    private let ready: (any ReadyAnswers)?
    private let responder: Responder
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> HTTPDate
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// `onListening` gets the port once connections are taken; `name` stands in log lines.
    ///
    /// Other methods than `methods` are answered with 405. `responder` is best that of a `Router(options: .autoGenerateHeadEndpoints)`, so that HEAD is
    /// answered as GET is. What `ready` answers it is not asked for.
    package init(
        name: String, at place: ListenAddress, limits: HTTPServerLimits = .init(),
        methods: [HTTPMethod] = [.GET, .HEAD], headers: DefaultHeaders = .init(),
        ready: (any ReadyAnswers)? = nil, responder: Responder, clock: any Clock<Duration>,
        now: @escaping @Sendable () -> HTTPDate = { .now }, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.name = name
        self.place = place
        self.limits = limits
        self.methods = methods
        self.headers = headers
        self.ready = ready
        self.responder = responder
        self.clock = clock
        self.now = now
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until graceful shutdown, or until the task is cancelled.
    ///
    /// - Throws: `HTTPServerFault`, or `CancellationError`.
    package func run() async throws {
        OpenFileLimit.raise(to: limits.connections + Self.otherFiles)
        let isListening = NIOLockedValueBox(false)
        do {
            try await serve { port in
                isListening.withLockedValue { $0 = true }
                logger.info("listening", metadata: ["server": "\(name)", "host": "\(place.host)", "port": "\(port)"])
                await onListening(port)
            }
        } catch let error where !(error is CancellationError) && !isListening.withLockedValue({ $0 }) {
            throw HTTPServerFault(error, at: place)
        }
    }

    /// What the process may have open besides connections.
    private static var otherFiles: Int { 256 }

    /// Handlers that go on after the connections' last moment are cancelled.
    private func serve(_ listening: @escaping @Sendable (Int) async -> Void) async throws {
        let application = application(listening)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await application.run()
                return true
            }
            group.addTask {
                try await gracefulShutdown()
                try await clock.sleep(for: limits.stopping + .milliseconds(500))
                return false
            }
            defer { group.cancelAll() }
            if try await group.next() == false {
                logger.warning("requests were still being answered when the server had to stop")
            }
        }
    }

    private func application(_ listening: @escaping @Sendable (Int) async -> Void) -> Application<Responder> {
        let rules = RequestRules(
            hosts: AllowedHosts(place.allowedHosts + HostNames.current()), methods: methods, bodyBytes: limits.bodyBytes
        )
        var quiet = logger
        // Its own lines tell of each request that went wrong.
        quiet.logLevel = max(logger.logLevel, .error)
        return Application(
            responder: responder,
            server: HTTPServerBuilder { [limits, headers, now, ready] in
                GuardedChannel(
                    limits: limits, rules: rules, headers: headers, now: now, ready: ready, responder: $0)
            },
            configuration: .init(
                address: .hostname(place.host, port: place.port), serverName: nil, backlog: 1024,
                availableConnectionsDelegate: .maximum(limits.connections, logger: quiet)),
            onServerRunning: { await listening($0.localAddress?.port ?? 0) },
            logger: quiet)
    }
}
