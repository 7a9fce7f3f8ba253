package import Candles
package import Hummingbird
import HummingbirdCore
package import Logging
import NIOConcurrencyHelpers
import NIOCore
package import NIOHTTP1
package import Resilience
import ServiceLifecycle
import SystemPackage

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

/// Why a server could not begin.
package enum HTTPServerFault: Fault, Equatable {
    case portTaken(host: String, port: Int)
    /// A port below 1024, or a rule of the system.
    case portForbidden(host: String, port: Int)
    /// No address of this machine, or a name that nobody knows.
    case addressUnknown(host: String)
    case cannotListen(host: String, port: Int, reason: String)

    init(_ error: any Error, at place: ListenAddress) {
        switch error {
        case let error as IOError: self.init(Errno(rawValue: error.errnoCode), at: place)
        case is SocketAddressError, is SocketAddressError.UnknownHost: self = .addressUnknown(host: place.host)
        default: self = .cannotListen(host: place.host, port: place.port, reason: "\(error)")
        }
    }

    private init(_ reason: Errno, at place: ListenAddress) {
        switch reason {
        case .addressInUse: self = .portTaken(host: place.host, port: place.port)
        case .permissionDenied: self = .portForbidden(host: place.host, port: place.port)
        case .addressNotAvailable: self = .addressUnknown(host: place.host)
        default: self = .cannotListen(host: place.host, port: place.port, reason: "\(reason)")
        }
    }

    package var code: String { "server-cannot-listen" }
    package var kind: FaultKind { .unavailable }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .portTaken(let host, let port): "cannot listen on \(host) port \(port): another program does"
        case .portForbidden(let host, let port): "cannot listen on \(host) port \(port): the system does not permit it"
        case .addressUnknown(let host): "cannot listen on \(host): it is no address of this machine"
        case .cannotListen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
        }
    }
    package var hint: String? {
        switch self {
        case .portTaken(_, let port):
            "see with 'ss -ltnp sport = :\(port)' which one, and end it, or set another port"
        case .portForbidden: "set a port above 1023"
        case .addressUnknown:
            "set 127.0.0.1 for this machine alone, 0.0.0.0 for the LAN, or one that 'ip address' shows"
        case .cannotListen: "set another host or port"
        }
    }
}

/// What one client may cost a server.
package struct HTTPServerLimits: Sendable, Equatable {
    /// Connections at a time; more wait until one ends.
    package var connections = 2048
    /// From a connection's beginning, or from the first byte of a later request, to the end of the request's head.
    package var head = Duration.seconds(10)
    /// From the end of the head to the end of the body.
    package var body = Duration.seconds(30)
    /// Between an answer and the next request.
    package var idle = Duration.seconds(60)
    /// How long a client may take none of an answer that waits for it.
    package var stall = Duration.seconds(30)
    /// How long a client has to read an answer that ends its connection.
    package var linger = Duration.seconds(1)
    /// How long answers that are being made may go on once the server is to stop.
    package var stopping = Duration.seconds(3)
    /// Bytes of a request's target and header fields together, and of one field.
    package var headBytes = 16 << 10
    package var fieldBytes = 8 << 10
    package var fields = 100
    package var bodyBytes = 64 << 10

    package init() {}
}

/// Where a server listens, and what it is called by.
package struct ListenAddress: Sendable, Equatable {
    package let host: String
    /// 0 is any free one.
    package let port: Int
    /// Names that a request's Host may have, besides the host's own.
    package let allowedHosts: [String]

    package init(host: String, port: Int, allowedHosts: [String] = []) {
        self.host = host
        self.port = port
        self.allowedHosts = allowedHosts
    }

    /// Any free port that only this host can reach.
    package static let anyOfLoopback = Self(host: "127.0.0.1", port: 0)
}
