import Foundation
import HTTPServer
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// Answers that are given on the event loop.
@Suite(.timeLimit(.minutes(2))) struct ReadyAnswersTests {
    /// Answers /ready, /big, /same and /framed, and counts how often it was asked.
    private struct Shelf: ReadyAnswers {
        let asked = NIOLockedValueBox(0)

        func answer(to head: HTTPRequestHead) -> ReadyAnswer? {
            asked.withLockedValue { $0 += 1 }
            switch head.uri {
            case "/ready": return Self.answer("ready\n")
            case "/big": return Self.big
            case "/same": return ReadyAnswer(status: .notModified, headers: ["ETag": "\"a\""], body: ByteBuffer())
            case "/framed": return Self.answer("own\n", ["X-Frame-Options": "SAMEORIGIN"])
            default: return nil
            }
        }

        private static let big = answer(String(repeating: "x", count: 4 << 20))

        private static func answer(_ text: String, _ headers: HTTPHeaders = [:]) -> ReadyAnswer {
            var headers = headers
            headers.add(name: "Content-Length", value: "\(text.utf8.count)")
            return ReadyAnswer(status: .ok, headers: headers, body: ByteBuffer(string: text))
        }
    }

    private func served<T: Sendable>(
        _ shelf: Shelf = Shelf(), limits: HTTPServerLimits = .init(), _ body: (Int) async throws -> T
    ) async throws -> T { try await ServedHTTP.with(limits: limits, ready: shelf, body) }

    private func request(_ target: String, _ fields: String = "", method: String = "GET", body: String = "") -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\(body)"
    }

    private func last(_ target: String, _ fields: String = "", method: String = "GET") -> String {
        request(target, fields + "Connection: close\r\n", method: method)
    }

    /// The bodies of answers that came one after another.
    private func bodies(_ said: String) -> [String] {
        said.components(separatedBy: "HTTP/1.1 ").dropFirst()
            .map { $0.components(separatedBy: "\r\n\r\n").dropFirst().joined() }
    }

    @Test func `HEAD gets the fields of GET, and no body`() async throws {
        try await served { port in
            let get = try await RawClient.exchange(port, last("/ready"))
            let head = try await RawClient.exchange(port, last("/ready", method: "HEAD"))
            #expect(get.hasPrefix("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n"))
            let fields = [get, head].map { $0.split(separator: "\r\n").filter { !$0.hasPrefix("Date:") } }
            #expect(fields[0] == fields[1] + ["ready\n"])
            #expect(head.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `an answer has the standing fields and one date, and keeps its own`() async throws {
        try await served { port in
            for (target, frame) in [("/ready", "DENY"), ("/framed", "SAMEORIGIN"), ("/ok", "DENY"), ("/none", "DENY")] {
                let said = try await RawClient.exchange(port, last(target))
                for name in DefaultHeaders().fields.map(\.name) + ["Date"] {
                    #expect(said.components(separatedBy: "\r\n\(name): ").count == 2, "\(name) in \(said)")
                }
                #expect(said.contains("\r\nX-Frame-Options: \(frame)\r\n"))
            }
        }
    }

    @Test func `requests of one packet are answered in their order, whoever answers them`() async throws {
        try await served { port in
            let three = try await RawClient.exchange(port, request("/ready") + request("/same") + last("/ready"))
            #expect(bodies(three) == ["ready\n", "", "ready\n"])
            let targets = ["/ready", "/ok", "/ready", "/ready", "/ok", "/ok", "/ready"]
            let said = try await RawClient.exchange(port, targets.map { request($0) }.joined() + last("/ok"))
            #expect(bodies(said) == (targets + ["/ok"]).map { $0 == "/ok" ? "fine\n" : "ready\n" })
        }
    }

    @Test func `ten thousand of them that wait for another answer do not exhaust the stack`() async throws {
        try await served { port in
            let many = String(repeating: request("/ready"), count: 10_000)
            let said = try await RawClient.exchange(port, request("/ok") + many + last("/ready"))
            #expect(said.components(separatedBy: "\r\n\r\nready\n").count == 10_002)
        }
    }

    @Test func `who says no more gets the whole answer`() async throws {
        try await served { port in
            for (target, bytes) in [("/ready", 6), ("/big", 4 << 20)] {
                let said = try await RawClient.with(port) { client in
                    try await client.send(request(target))
                    try await client.finish()
                    return await client.rest()
                }
                #expect(bodies(said).map(\.utf8.count) == [bytes])
            }
        }
    }

    @Test func `who says no more after many requests gets all answers, however slowly it reads`() async throws {
        try await served { port in
            for (targets, end) in [
                (["/big"], ""), (["/big", "/ok", "/big", "/big"], ""), (["/big", "/big", "/big"], ""),
                (["/ok", "/big"], ""),
                (["/big"], "Connection: close\r\n"),
            ] {
                let said = try await RawClient.with(port) { client in
                    try await client.send(targets.map { request($0, end) }.joined())
                    try await client.finish()
                    return try await client.rest(every: .milliseconds(1))
                }
                #expect(bodies(said).map(\.utf8.count) == targets.map { $0 == "/ok" ? 5 : 4 << 20 })
            }
        }
    }

    @Test func `who reads slowly gets the whole of a last answer`() async throws {
        var limits = HTTPServerLimits()
        limits.linger = .milliseconds(1)
        try await served(limits: limits) { port in
            for (target, bytes) in [("/big", 4 << 20), ("/large", 32 << 20)] {
                let said = try await RawClient.with(port) { client in
                    try await client.send(last(target))
                    return try await client.rest(every: .milliseconds(2))
                }
                #expect(bodies(said).map(\.utf8.count) == [bytes])
            }
        }
    }

    @Test func `the connection ends where the client wants it so, and what follows is not answered`() async throws {
        try await served { port in
            let closing = try await RawClient.exchange(port, last("/ready") + request("/ready"))
            #expect(bodies(closing) == ["ready\n"])
            #expect(closing.contains("\r\nConnection: close\r\n"))
            let old = try await RawClient.exchange(port, "GET /ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
            #expect(bodies(old) == ["ready\n"])
        }
    }

    @Test func `304 has neither body nor length`() async throws {
        try await served { port in
            let said = try await RawClient.exchange(port, request("/same") + last("/ready"))
            #expect(said.hasPrefix("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n"))
            #expect(said.components(separatedBy: "Content-Length").count == 2)
        }
    }

    @Test(
        "the rules come first",
        arguments: [
            ("DELETE /ready HTTP/1.1\r\nHost: localhost\r\n\r\n", 405), ("GET /ready HTTP/1.1\r\n\r\n", 400),
            ("GET /ready HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
            ("GET /ready HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
            ("GET /ready HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nContent-Length: 8\r\n\r\n", 400),
            ("GET /ready HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n", 413),
            ("POST /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 404),
        ])
    func rules(said: String, status: Int) async throws {
        let shelf = Shelf()
        try await served(shelf) { port in
            let answer = try await RawClient.exchange(port, said)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        }
        #expect(shelf.asked.withLockedValue { $0 } == 0)
    }

    @Test func `a host that was allowed before does not allow another`() async throws {
        try await served { port in
            let other = "GET /ready HTTP/1.1\r\nHost: evil.example\r\n\r\n"
            let said = try await RawClient.exchange(
                port, request("/ready") + request("/ready") + other + last("/ready"))
            #expect(
                said.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) } == ["200", "200", "421"])
        }
    }

    @Test func `a body is passed over, and what follows it is the next request`() async throws {
        var limits = HTTPServerLimits()
        limits.bodyBytes = 64
        try await served(limits: limits) { port in
            let smuggled = request("/ok")
            let first = request("/ready", "Content-Length: \(smuggled.utf8.count)\r\n", body: smuggled)
            let second = request("/ready", "Transfer-Encoding: chunked\r\n", body: "3\r\nabc\r\n0\r\n\r\n")
            let said = try await RawClient.exchange(port, first + second + last("/ready"))
            #expect(bodies(said) == ["ready\n", "ready\n", "ready\n"])
            let long = "50\r\n" + String(repeating: "a", count: 80) + "\r\n0\r\n\r\n"
            let tooLong = try await RawClient.exchange(
                port, request("/ready", "Transfer-Encoding: chunked\r\n", body: long))
            #expect(tooLong.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `a body that does not come is not waited for`() async throws {
        var limits = HTTPServerLimits()
        limits.body = .milliseconds(200)
        limits.linger = .seconds(60)
        try await served(limits: limits) { port in
            let said = try await RawClient.exchange(port, request("/ready", "Content-Length: 4\r\n", body: "ab"))
            #expect(said.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `who asks and takes nothing is soon not heard any more, and then let go`() async throws {
        var limits = HTTPServerLimits()
        limits.stall = .seconds(1)
        let shelf = Shelf()
        try await served(shelf, limits: limits) { port in
            let channel = try await RawClient.idle(1, port)[0]
            try await channel.setOption(.autoRead, value: false).get()
            let many = ByteBuffer(string: String(repeating: request("/big"), count: 10_000))
            await #expect(throws: (any Error).self) {
                for _ in 0..<1000 { try await channel.writeAndFlush(many) }
            }
        }
        #expect(shelf.asked.withLockedValue { $0 } < 10)
    }

    @Test func `connections that rest after such an answer end at once`() async throws {
        var limits = HTTPServerLimits()
        limits.stopping = .seconds(60)
        try await ServedHTTP.running(limits: limits, ready: Shelf()) { running in
            try await RawClient.with(running.port) { client in
                try await client.send(request("/ready"))
                _ = await client.until("ready\n")
                let start = ContinuousClock.now
                await running.stop()
                #expect(ContinuousClock.now - start < .seconds(20))
                #expect(await client.rest() == "")
            }
        }
    }
}
