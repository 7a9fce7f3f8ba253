import HTTPServer
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import TestSupport

/// A server with a few routes, on a port of the system's choice.
enum ServedHTTP {
    static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    static func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.get("ok") { _, _ in "fine\n" }
        router.get("fails") { _, _ -> String in throw HTTPError(.badGateway) }
        router.get("breaks") { _, _ -> String in throw CancellationError() }
        router.post("echo") { request, _ in String(buffer: try await request.body.collect(upTo: 1 << 20)) }
        router.get("never") { _, _ -> String in
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            for await _ in stream {}
            _ = continuation
            return ""
        }
        router.get("parts") { _, _ in
            Response(
                status: .ok,
                body: .init { writer in
                    try await writer.write(ByteBuffer(string: "one\n"))
                    try await writer.write(ByteBuffer(string: "two\n"))
                    try await writer.finish(nil)
                })
        }
        router.get("large") { _, _ in
            Response(status: .ok, body: .init(byteBuffer: ByteBuffer(repeating: 65, count: 32 << 20)))
        }
        return router
    }

    static func server(
        limits: HTTPServerLimits = .init(), ready: (any ReadyAnswers)? = nil, at place: ListenAddress = .anyOfLoopback,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> HTTPServer<RouterResponder<BasicRequestContext>> {
        HTTPServer(
            name: "test", at: place, limits: limits, methods: [.GET, .HEAD, .POST], ready: ready,
            responder: router().buildResponder(), clock: ContinuousClock(), logger: quiet, onListening: onListening)
    }

    /// Serves while `body` runs with the port.
    static func with<T: Sendable>(
        limits: HTTPServerLimits = .init(), allowedHosts: [String] = [], ready: (any ReadyAnswers)? = nil,
        _ body: (Int) async throws -> T
    ) async throws -> T {
        try await running(limits: limits, allowedHosts: allowedHosts, ready: ready) { try await body($0.port) }
    }

    static func running<T: Sendable>(
        limits: HTTPServerLimits = .init(), allowedHosts: [String] = [], ready: (any ReadyAnswers)? = nil,
        _ body: (RunningService) async throws -> T
    ) async throws -> T {
        let place = ListenAddress(host: "127.0.0.1", port: 0, allowedHosts: allowedHosts)
        return try await RunningService.with({ server(limits: limits, ready: ready, at: place, onListening: $0) }, body)
    }
}
