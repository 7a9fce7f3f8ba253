package import HTTPServer
import Hummingbird
package import Logging
import NIOCore
package import ServiceLifecycle

/// Serves the dashboard: its page, its API, live events, health and metrics.
package struct FrontendService: Service {
    private let place: ListenAddress
    private let identity: ServerIdentity
    private let source: any DashboardSource
    private let live: LiveEvents
    private let api: APIAnswers
    private let pages: (any ReadyAnswers)?
    private let feeders: [any Service]
    private let limits: HTTPServerLimits
    private let tally = RequestTally()
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// `pages` are what no database makes; `feeders` keep going what the answers are made of, for as long as the server runs; `onListening` gets the port.
    package init(
        at place: ListenAddress, identity: ServerIdentity, source: any DashboardSource, live: LiveEvents,
        api: APIAnswers, pages: (any ReadyAnswers)? = nil, feeders: [any Service], limits: HTTPServerLimits = .init(),
        clock: any Clock<Duration>,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.place = place
        self.identity = identity
        self.source = source
        self.live = live
        self.api = api
        self.pages = pages
        self.feeders = feeders
        self.limits = limits
        self.clock = clock
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until graceful shutdown.
    ///
    /// - Throws: `HTTPServerFault`, or `CancellationError`.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await server.run()
                return true
            }
            for feeder in feeders + [live] {
                group.addTask {
                    try await feeder.run()
                    return false
                }
            }
            defer { group.cancelAll() }
            // A feeder ends at graceful shutdown, as the server does a little later.
            while let isServer = try await group.next(), !isServer {}
        }
    }

    private var server: HTTPServer<RouterResponder<BasicRequestContext>> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: TallyMiddleware(tally: tally))
        addOwnRoutes(to: router)
        live.addRoute(to: router)
        api.addRoutes(to: router)
        var limits = limits
        limits.bodyBytes = 0
        return HTTPServer(
            name: "frontend", at: place, limits: limits,
            headers: FrontendHeaders.standing,
            ready: TalliedAnswers(parts: [api] + (pages.map { [$0] } ?? []), tally: tally),
            responder: router.buildResponder(), clock: clock, logger: logger, onListening: onListening)
    }

    private func addOwnRoutes(to router: Router<BasicRequestContext>) {
        router.get("/health/ping") { _, _ in Self.text("ok\n") }
        router.get("/metrics") { _, _ in Self.text(metrics.text, type: MetricsText.contentType) }
    }

    private var metrics: FrontendMetrics {
        FrontendMetrics(
            version: identity.version, environment: identity.environment, condition: source.condition,
            streams: live.openStreams,
            streamLimit: live.streamLimit, events: live.told, requests: tally.samples)
    }

    private static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

/// What whoever starts the dashboard should know: where it is, and who can read it.
package struct ServeGreeting: Sendable, Equatable {
    /// To be opened in a browser; never empty.
    package let urls: [String]
    /// Nil where only this machine can reach it.
    package let exposure: String?

    /// `port` is the one that it listens at, `names` are the host's own names and addresses.
    package init(_ place: ListenAddress, port: Int, names: [String]) {
        guard HostAddress(place.host)?.isEvery == true else {
            urls = ["http://\(Self.authority(place.host)):\(port)/"]
            exposure = HostAddress.isLoopback(place.host) ? nil : Self.exposure(to: place.allowedHosts + [place.host])
            return
        }
        let reachable = names.filter { !HostAddress.isLoopback($0) && !$0.lowercased().hasPrefix("fe80:") }
        // Addresses first: a name is only found where somebody resolves it.
        let best = reachable.filter(Self.isIPv4) + reachable.filter { $0.hasSuffix(".local") }
        urls = best.isEmpty ? ["http://127.0.0.1:\(port)/"] : Self.unique(best).map { "http://\($0):\(port)/" }
        exposure = Self.exposure(to: Self.unique(["localhost"] + reachable + place.allowedHosts))
    }

    private static func exposure(to names: [String]) -> String {
        """
        everybody on that network can read it, and nobody can change anything; it answers to \
        \(names.joined(separator: ", ")), and to more where ALLOWED_HOSTS names them
        """
    }

    private static func isIPv4(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func authority(_ name: String) -> String {
        name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0.lowercased()).inserted }
    }
}

/// Header fields of every answer of the dashboard.
package enum FrontendHeaders {
    /// A browser runs and loads what this server gives, and nothing else.
    package static let standing = DefaultHeaders(
        contentSecurityPolicy: """
            default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
            worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
            """)
}
