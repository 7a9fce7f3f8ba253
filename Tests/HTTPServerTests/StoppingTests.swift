import HTTPServer
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct StoppingTests {
    private func duration(_ limits: HTTPServerLimits = .init(), opening requests: [String]) async throws -> Duration {
        try await ServedHTTP.running(limits: limits) { running in
            let port = running.port
            let channels = try await RawClient.idle(requests.count, port)
            for (channel, request) in zip(channels, requests) {
                try await channel.writeAndFlush(ByteBuffer(string: request))
            }
            // One whole exchange after them shows that the server has seen what came before.
            let host = "GET /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            #expect(try await RawClient.exchange(port, host).hasSuffix("fine\n"))
            let start = ContinuousClock.now
            await running.stop()
            return ContinuousClock.now - start
        }
    }

    @Test func `idle connections and half requests end at once`() async throws {
        let half = "GET /ok HTTP/1.1\r\nHost: loc"
        let done = "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"
        var limits = HTTPServerLimits()
        limits.stopping = .seconds(60)
        #expect(try await duration(limits, opening: ["", "", half, half, done, done]) < .seconds(20))
    }

    @Test func `requests that are never answered hold it up for the given time alone`() async throws {
        var limits = HTTPServerLimits()
        limits.stopping = .milliseconds(300)
        let never = "GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n"
        let body = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"
        let taken = try await duration(limits, opening: [never, never, body, ""])
        // The body alone would be waited for longer.
        #expect(taken >= limits.stopping && taken < limits.body)
    }
}
