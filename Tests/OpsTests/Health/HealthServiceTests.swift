import Foundation
import HTTPServer
import Health
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct HealthServiceTests {
    /// Runs `body` with a server that refreshes every 5 s of `clock`, and what asks it.
    private func serving(
        _ sources: ScriptedHealthSources, _ clock: ManualClock,
        _ body: @escaping @Sendable (_ ask: @Sendable (String) async throws -> HTTPReply) async throws -> Void
    ) async throws {
        let monitor = HealthMonitor(
            sources, identity: HealthSamples.identity, clock: clock, now: { HealthSamples.now + clock.milliseconds })
        try await RunningService.with {
            HealthService(
                monitor, at: .anyOfLoopback, clock: clock,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), onListening: $0)
        } _: { running in
            let transport = AsyncHTTPTransport(connectionsPerHost: 4)
            try await body { path in
                guard let url = URL(string: "http://127.0.0.1:\(running.port)\(path)") else { throw URLError(.badURL) }
                return try await transport.send(HTTPCall(url: url, deadline: .seconds(10)))
            }
        }
    }

    private func text(_ reply: HTTPReply) -> String { String(decoding: reply.body, as: UTF8.self) }

    @Test func `every endpoint answers, and none may be kept`() async throws {
        let clock = ManualClock()
        try await serving(ScriptedHealthSources(), clock) { ask in
            await clock.sleepers(atLeast: 1)
            for path in ["/", "/health/ping", "/health", "/health/detailed", "/healthz", "/metrics"] {
                let reply = try await ask(path)
                #expect(reply.status == 200, "\(path)")
                #expect(reply.header("cache-control") == "no-store")
                #expect(reply.header("x-content-type-options") == "nosniff")
            }
            #expect(try await ask("/health/none").status == 404)
        }
    }

    @Test func `a change is seen at the next refresh`() async throws {
        let clock = ManualClock()
        let sources = ScriptedHealthSources()
        try await serving(sources, clock) { ask in
            await clock.sleepers(atLeast: 1)
            #expect(text(try await ask("/healthz")) == "STATUS:OK\n")
            sources.disk.withLockedValue { $0 = DiskRoom(path: "/data", free: 1, total: 1 << 40) }
            #expect(text(try await ask("/healthz")) == "STATUS:OK\n")
            clock.advance(by: .seconds(5))
            await clock.sleepers(atLeast: 1)
            let reply = try await ask("/healthz")
            #expect(reply.status == 503)
            #expect(text(reply) == "STATUS:UNHEALTHY\n")
            #expect(text(try await ask("/metrics")).contains("cryptotrader_uptime_seconds 5\n"))
        }
    }

    @Test func `a refresher that hangs makes it unhealthy, and its return healthy`() async throws {
        let clock = ManualClock()
        let (turns, turn) = AsyncStream.makeStream(of: Void.self)
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        var sources = ScriptedHealthSources()
        sources.beforeJournal = {
            reach.yield()
            var iterator = turns.makeAsyncIterator()
            await iterator.next()
        }
        try await serving(sources, clock) { ask in
            var arrivals = reached.makeAsyncIterator()
            await arrivals.next()
            #expect(try await ask("/health/ping").status == 503)
            turn.yield()
            await clock.sleepers(atLeast: 1)
            #expect(try await ask("/health/ping").status == 200)
            clock.advance(by: .seconds(5))
            await arrivals.next()
            clock.advance(by: .seconds(10))
            #expect(try await ask("/health/ping").status == 200)
            clock.advance(by: .seconds(1))
            let reply = try await ask("/health")
            #expect(reply.status == 503)
            #expect(text(reply).contains("readings: older than 15 s; whoever takes them hangs"))
            turn.yield()
            await clock.sleepers(atLeast: 1)
            #expect(try await ask("/health/ping").status == 200)
            turn.finish()
        }
    }
}
