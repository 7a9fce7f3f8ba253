import Candles
import Frontend
import HTTPServer
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import TestSupport

/// The API on a port of the system's choice.
struct ServedAPI: Sendable {
    static let now: UnixMilliseconds = 1_700_000_123_456
    static let identity = ServerIdentity(
        version: "1.2.3", host: "nas1", environment: "test", started: now - 5000, boot: "b0")

    let client: APIClient
    let answers: APIAnswers

    /// Serves `source` while `body` runs.
    static func with(
        _ source: MemorySource, now: @escaping @Sendable () -> UnixMilliseconds = { Self.now },
        _ body: (ServedAPI) async throws -> Void
    ) async throws {
        let answers = APIAnswers(
            source: source, identity: identity, now: now, sequence: { 41 },
            streams: { StreamCount(open: 2, limit: 512) })
        let router = Router(options: .autoGenerateHeadEndpoints)
        answers.addRoutes(to: router)
        try await RunningService.with {
            HTTPServer(
                name: "test", at: .anyOfLoopback, responder: router.buildResponder(), clock: ContinuousClock(),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), onListening: $0)
        } _: { running in
            try await body(ServedAPI(client: APIClient(port: running.port), answers: answers))
        }
    }
}
