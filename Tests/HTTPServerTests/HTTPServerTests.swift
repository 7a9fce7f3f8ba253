import Foundation
import Hummingbird
import NIOCore
import Resilience
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(2))) struct HTTPServerTests {
    private let host = "Host: localhost\r\n"

    private func get(_ path: String, _ headers: String = "", method: String = "GET") -> String {
        "\(method) \(path) HTTP/1.1\r\n\(host)\(headers)Connection: close\r\n\r\n"
    }

    @Test func `a request is answered, and HEAD like GET without the body`() async throws {
        try await ServedHTTP.with { port in
            let get = try await RawClient.exchange(port, get("/ok"))
            #expect(get.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(get.hasSuffix("\r\n\r\nfine\n"))
            let head = try await RawClient.exchange(port, self.get("/ok", method: "HEAD"))
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
            #expect(head.lowercased().contains("content-length: 5\r\n"))
        }
    }

    @Test(
        "every answer has the security headers",
        arguments: [
            ("GET /ok HTTP/1.1\r\nHost: localhost\r\n", 200), ("GET /none HTTP/1.1\r\nHost: localhost\r\n", 404),
            ("GET /fails HTTP/1.1\r\nHost: localhost\r\n", 502), ("GET /breaks HTTP/1.1\r\nHost: localhost\r\n", 500),
            ("GET /ok HTTP/1.1\r\n", 400), ("GET /ok HTTP/1.1\r\nHost: evil.example\r\n", 421),
            ("DELETE /ok HTTP/1.1\r\nHost: localhost\r\n", 405), ("GET nonsense\r\n", 400),
        ])
    func headers(request: String, status: Int) async throws {
        try await ServedHTTP.with { port in
            let answer = try await RawClient.exchange(port, request + "Connection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            for name in ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"] {
                #expect(answer.components(separatedBy: "\r\n\(name): ").count == 2, "\(name) in \(answer)")
            }
        }
    }

    @Test(
        "a client of HTTP/1.0 is never sent chunks, and the answer ends with the connection",
        arguments: ["/parts", "/ok", "/none", "/fails", "/breaks", "/large"], ["", "Connection: keep-alive\r\n"])
    func oldClients(path: String, fields: String) async throws {
        try await ServedHTTP.with { port in
            let said = try await RawClient.exchange(port, "GET \(path) HTTP/1.0\r\n\(host)\(fields)\r\n")
            let head = try #require(said.range(of: "\r\n\r\n")).lowerBound
            #expect(!said[..<head].lowercased().contains("transfer-encoding"), "\(said[..<head])")
            #expect(said[..<head].contains("Connection: close"), "\(said[..<head])")
            if path == "/parts" { #expect(said[head...] == "\r\n\r\none\ntwo\n") }
        }
    }

    @Test func `a client of HTTP/1.1 is sent chunks where the length is not known`() async throws {
        try await ServedHTTP.with { port in
            let said = try await RawClient.exchange(port, get("/parts"))
            #expect(said.hasPrefix("HTTP/1.1 200 OK\r\n") && said.lowercased().contains("transfer-encoding: chunked"))
        }
    }

    @Test func `pipelined requests are answered in their order, a refusal last`() async throws {
        try await ServedHTTP.with { port in
            let one = "GET /ok HTTP/1.1\r\n\(host)\r\n"
            let answer = try await RawClient.exchange(
                port, one + one + "GET /ok HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + one)
            let statuses = answer.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(statuses == ["200", "200", "400"])
        }
    }

    @Test func `a second server on a port is told so`() async throws {
        try await ServedHTTP.with { port in
            let second = ServedHTTP.server(at: ListenAddress(host: "127.0.0.1", port: port))
            let fault = await #expect(throws: HTTPServerFault.self) { try await second.run() }
            #expect(fault?.code == "server-cannot-listen")
            #expect(fault == .portTaken(host: "127.0.0.1", port: port))
        }
    }

    @Test func `an address that is not this machine's is told so`() async {
        let fault = await #expect(throws: HTTPServerFault.self) {
            try await ServedHTTP.server(at: ListenAddress(host: "192.0.2.1", port: 0)).run()
        }
        #expect(fault == .addressUnknown(host: "192.0.2.1"))
    }

    @Test func `every reason not to listen is one sentence without the words of a library`() {
        let place = ListenAddress(host: "127.0.0.1", port: 80)
        for errno in [EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT] {
            let fault = HTTPServerFault(IOError(errnoCode: errno, reason: "bind(descriptor:ptr:bytes:)"), at: place)
            #expect(!fault.summary.contains("("), "\(fault.summary)")
            #expect(fault.code == "server-cannot-listen" && fault.hint != nil)
        }
    }

    @Test func `a body is taken up to its limit`() async throws {
        var limits = HTTPServerLimits()
        limits.bodyBytes = 10
        try await ServedHTTP.with(limits: limits) { port in
            let chunked = "Transfer-Encoding: chunked\r\n\r\n"
            for (rest, status) in [
                ("Content-Length: 10\r\n\r\n0123456789", "200"), ("Content-Length: 11\r\n\r\n", "413"),
                (chunked + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", "200"),
                (chunked + "b\r\n01234567890\r\n", "413"),
            ] {
                let answer = try await RawClient.exchange(
                    port, "POST /echo HTTP/1.1\r\n\(host)Connection: close\r\n\(rest)")
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }

    @Test func `a thousand idle connections keep nobody out`() async throws {
        var limits = HTTPServerLimits()
        limits.head = .seconds(120)  // Else a busy machine could end some of them meanwhile.
        try await ServedHTTP.with(limits: limits) { port in
            let idle = try await RawClient.idle(1000, port)
            for _ in 0..<20 { #expect(try await RawClient.exchange(port, get("/ok")).hasSuffix("fine\n")) }
            for channel in idle { try await channel.close() }
        }
    }
}
