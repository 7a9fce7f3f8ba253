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
