import Foundation
import HTTPServer
import NIOCore
import Testing

/// Clients that mean no good.
@Suite(.timeLimit(.minutes(2))) struct HostileClientTests {
    /// Longer than a busy machine keeps anybody waiting: a test shortens only what it is about.
    private static var patient: HTTPServerLimits {
        var limits = HTTPServerLimits()
        limits.head = .seconds(60)
        limits.body = .seconds(60)
        limits.idle = .seconds(60)
        limits.stall = .seconds(60)
        limits.linger = .seconds(60)
        return limits
    }

    @Test func `a head that drips in is cut off, however steadily it drips`() async throws {
        var limits = Self.patient
        limits.head = .seconds(5)  // It runs from the connection's beginning: the first byte has to come meanwhile.
        try await ServedHTTP.with(limits: limits) { port in
            let said = try await RawClient.with(port) { conversation in
                try await conversation.send("GET /ok HTTP/1.1\r\nHost: localhost\r\nX-A: ")
                return try await conversation.drip("a")
            }
            #expect(said.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `a body that drips in is cut off`() async throws {
        var limits = Self.patient
        limits.body = .seconds(1)
        try await ServedHTTP.with(limits: limits) { port in
            let said = try await RawClient.with(port) { conversation in
                try await conversation.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n")
                return try await conversation.drip("a")
            }
            #expect(said.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `a later head on the same connection is cut off too`() async throws {
        var limits = Self.patient
        limits.head = .seconds(5)
        try await ServedHTTP.with(limits: limits) { port in
            let said = try await RawClient.with(port) { conversation in
                try await conversation.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = await conversation.until("fine\n")
                return try await conversation.drip(
                    "GET /ok HTTP/1.1\r\nX-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
            }
            #expect(said.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `who says nothing is let go, without a word`() async throws {
        var limits = Self.patient
        limits.head = .seconds(1)
        try await ServedHTTP.with(limits: limits) { port in
            let said = try await RawClient.with(port) { await $0.rest() }
            #expect(said == "")
        }
    }

    @Test func `who says nothing more is let go, without a word`() async throws {
        var limits = Self.patient
        limits.idle = .seconds(1)
        try await ServedHTTP.with(limits: limits) { port in
            let said = try await RawClient.exchange(port, "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(said.hasSuffix("\r\n\r\nfine\n"))
        }
    }

    @Test func `an answer that nobody takes ends the connection`() async throws {
        var limits = Self.patient
        limits.stall = .seconds(1)
        try await ServedHTTP.with(limits: limits) { port in
            let channel = try await RawClient.idle(1, port)[0]
            try await channel.setOption(.autoRead, value: false).get()
            try await channel.writeAndFlush(ByteBuffer(string: "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            // The server's reset is seen by the next write, or as the end of the connection.
            await #expect(throws: (any Error).self) {
                while true {
                    try await channel.writeAndFlush(ByteBuffer(string: "\r\n"))
                    try await channel.eventLoop.scheduleTask(in: .milliseconds(20)) {}.futureResult.get()
                }
            }
        }
    }

    @Test(
        "a head that is too large is refused",
        arguments: [
            "Cookie: " + String(repeating: "a", count: 9000), "X-A: " + String(repeating: "a", count: 20_000),
            (0..<40).map { "X-\($0): " + String(repeating: "a", count: 1000) }.joined(separator: "\r\n"),
            (0..<200).map { "X-\($0): a" }.joined(separator: "\r\n"),
        ])
    func largeHead(fields: String) async throws {
        try await ServedHTTP.with { port in
            let said = try await RawClient.exchange(port, "GET /ok HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\r\n")
            #expect(said.hasPrefix("HTTP/1.1 431 "))
        }
    }

    @Test func `a target that is too long is refused`() async throws {
        try await ServedHTTP.with { port in
            let said = try await RawClient.exchange(
                port, "GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(said.hasPrefix("HTTP/1.1 431 "))
        }
    }

    @Test(
        "what is no request is refused or cut off, and never answered with success",
        arguments: [
            "\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET /ok\r\n\r\n", "GET /ok HTTP/9.9\r\nHost: localhost\r\n\r\n",
            "GET /ok HTTP/1.1\r\nHost localhost\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: local\0host\r\n\r\n",
            "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET http://evil.example/ok HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /ok HTTP/1.0\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /ok HTTP/1.1\r\nHost: localhost\r\n X: folded\r\n\r\n",
        ])
    func malformed(request: String) async throws {
        try await ServedHTTP.with(limits: Self.patient) { port in
            let said = try await RawClient.exchange(port, request)
            #expect(said.isEmpty || said.hasPrefix("HTTP/1.1 4"), "\(request.debugDescription): \(said)")
            #expect(said.components(separatedBy: "HTTP/1.1 ").count <= 2)
        }
    }

    @Test(
        "two readings of one body are refused, and what follows it is not taken for a request",
        arguments: [
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
            "Content-Length: 0\r\nContent-Length: 4\r\n\r\n", "Content-Length: 0, 4\r\n\r\n",
            "Content-Length: +0\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 0x0\r\n\r\n",
            "Content-Length : 0\r\n\r\n", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n",
            "Transfer-Encoding: chunked\r\n\r\n1;\nxx\r\na\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
            "X: a\nContent-Length: 0\r\n\r\n", "X: a\rContent-Length: 0\r\n\r\n", "Content-Length: 4\n\n",
            "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n", "Transfer-Encoding:\u{0B}chunked\r\n\r\n0\r\n\r\n",
        ])
    func smuggling(rest: String) async throws {
        try await ServedHTTP.with(limits: Self.patient) { port in
            let smuggled = "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let said = try await RawClient.exchange(
                port, "POST /echo HTTP/1.1\r\nHost: localhost\r\n\(rest)\(smuggled)")
            #expect(said.hasPrefix("HTTP/1.1 4"), "\(rest.debugDescription): \(said)")
            #expect(!said.contains("fine"))
        }
    }

    @Test func `extensions of chunks and trailers are passed over, and hide nothing`() async throws {
        try await ServedHTTP.with(limits: Self.patient) { port in
            let body = "2;a=\"GET /ok\"\r\nhi\r\n1;b\r\n!\r\n0\r\nX: y\r\n\r\n"
            let said = try await RawClient.exchange(
                port,
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\(body)"
                    + "GET /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let answers = said.components(separatedBy: "HTTP/1.1 200 OK")
            #expect(answers.count == 3 && answers[1].hasSuffix("\r\n\r\nhi!") && answers[2].hasSuffix("\r\n\r\nfine\n"))
        }
    }
}
