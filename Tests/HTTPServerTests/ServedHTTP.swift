import HTTPServer
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

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
        router.get("large") { _, _ in
            Response(status: .ok, body: .init(byteBuffer: ByteBuffer(repeating: 65, count: 32 << 20)))
        }
        return router
    }

    static func server(
        limits: HTTPServerLimits = .init(), allowedHosts: [String] = [], ready: (any ReadyAnswers)? = nil,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> HTTPServer<RouterResponder<BasicRequestContext>> {
        HTTPServer(
            name: "test", host: "127.0.0.1", port: 0, allowedHosts: allowedHosts, limits: limits,
            methods: [.GET, .HEAD, .POST], ready: ready, responder: router().buildResponder(), clock: ContinuousClock(),
            logger: quiet,
            onListening: onListening)
    }

    /// Serves while `body` runs with the port.
    static func with<T: Sendable>(
        limits: HTTPServerLimits = .init(), allowedHosts: [String] = [], ready: (any ReadyAnswers)? = nil,
        _ body: (Int) async throws -> T
    ) async throws -> T {
        try await running(limits: limits, allowedHosts: allowedHosts, ready: ready) { port, _ in try await body(port) }
    }

    /// As `with`; `body` also gets what stops the server in an orderly way, and returns once it has stopped.
    static func running<T: Sendable>(
        limits: HTTPServerLimits = .init(), allowedHosts: [String] = [], ready: (any ReadyAnswers)? = nil,
        _ body: (Int, _ stop: @escaping @Sendable () async -> Void) async throws -> T
    ) async throws -> T {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let (ends, ended) = AsyncStream.makeStream(of: Void.self)
        let service = server(limits: limits, allowedHosts: allowedHosts, ready: ready) { listening.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: quiet))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer {
                    listening.finish()
                    ended.finish()
                }
                do { try await group.run() } catch is CancellationError { return }
            }
            defer { tasks.cancelAll() }
            for await port in ports {
                return try await body(port) {
                    await group.triggerGracefulShutdown()
                    for await _ in ends {}
                }
            }
            try await tasks.waitForAll()
            throw CancellationError()
        }
    }
}
