package import HTTPServer
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// Serves the health endpoints.
package struct HealthService<C: Clock>: Service where C.Duration == Duration {
    private let place: ListenAddress
    private let monitor: HealthMonitor<C>
    private let board: HealthBoard<C>
    private let refresh: Duration
    private let clock: C
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Readings are taken every `refresh`; after three times as long without new ones, it says that it is unhealthy.
    ///
    /// `onListening` gets the port.
    package init(
        _ monitor: HealthMonitor<C>, at place: ListenAddress, refresh: Duration = .seconds(5), clock: C,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.monitor = monitor
        self.place = place
        self.refresh = refresh
        self.clock = clock
        self.logger = logger
        self.onListening = onListening
        board = HealthBoard(limit: refresh * 3, clock: clock)
    }

    /// Serves until graceful shutdown.
    ///
    /// - Throws: `HTTPServerFault`, or `CancellationError`.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask { try await keepReading() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func keepReading() async throws {
        var last: HealthStatus?
        while true {
            let report = try await monitor.report()
            board.post(report)
            if report.status != last { tell(report, after: last) }
            last = report.status
            try await clock.sleep(for: refresh)
        }
    }

    private func tell(_ report: HealthReport, after last: HealthStatus?) {
        if report.status == .healthy, last == nil { return }
        logger.notice(
            "the machine's health has changed",
            metadata: [
                "status": "\(report.status.rawValue)",
                "reasons": .array(report.findings.map { .string($0.sentence) }),
            ])
    }

    private var server: HTTPServer<RouterResponder<BasicRequestContext>> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        for path in HealthPages.paths {
            router.get(RouterPath(path)) { [board] _, _ in Self.response(board.page(path)) }
        }
        var limits = HTTPServerLimits()
        limits.bodyBytes = 0
        return HTTPServer(
            name: "health", at: place, limits: limits,
            responder: router.buildResponder(), clock: clock, logger: logger, onListening: onListening)
    }

    private static func response(_ page: HealthPages.Page?) -> Response {
        guard let page else { return Response(status: .notFound) }
        return Response(
            status: .init(code: page.status),
            headers: [.contentType: page.contentType, .cacheControl: "no-store"], body: .init(byteBuffer: page.body))
    }
}
