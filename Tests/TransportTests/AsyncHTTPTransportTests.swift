import Foundation
import NIOConcurrencyHelpers
import Resilience
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct AsyncHTTPTransportTests {
    private let transport = AsyncHTTPTransport()

    /// What one request throws.
    private func fault(
        _ server: TinyServer, _ path: String = "/", deadline: Duration = .seconds(20), limit: Int = 1 << 20
    ) async throws -> TransportFault? {
        let call = HTTPCall(url: try server.url(path), deadline: deadline, bodyLimit: limit)
        return await #expect(throws: TransportFault.self) { try await transport.send(call) }
    }

    @Test func `a reply has status, headers in any case, and body`() async throws {
        try await TinyServer.with {
            try await $0.reply([1, 2, 3], "X-Thing: a\r\n")
        } _: { server in
            let reply = try await transport.send(HTTPCall(url: try server.url("/")))
            #expect(reply.status == 200)
            #expect(reply.header("x-tHING") == "a")
            #expect(reply.body == [1, 2, 3])
        }
    }

    @Test func `method, headers and body reach the server`() async throws {
        try await TinyServer.with {
            try await $0.reply(Array($0.request.utf8))
        } _: { server in
            let call = HTTPCall(
                url: try server.url("/a?b=c"), method: "POST", headers: ["X-Thing": "a"], body: Array("text".utf8))
            let echo = try await String(decoding: transport.send(call).body, as: UTF8.self)
            #expect(echo.hasPrefix("POST /a?b=c HTTP/1.1\r\n"))
            #expect(echo.contains("X-Thing: a\r\n"))
            #expect(echo.contains("Content-Length: 4\r\n"))
        }
    }

    @Test(arguments: [404, 429, 500]) func `a status is no error`(status: Int) async throws {
        try await TinyServer.with { exchange in
            try await exchange.write("HTTP/1.1 \(status) No\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n[]")
        } _: { server in
            let reply = try await transport.send(HTTPCall(url: try server.url("/")))
            #expect(reply.status == status)
            #expect(reply.header("Retry-After") == "7")
            #expect(reply.body == Array("[]".utf8))
        }
    }

    @Test func `a redirect is given back, not followed`() async throws {
        try await TinyServer.with { exchange in
            guard exchange.path == "/" else { return try await exchange.reply([]) }
            try await exchange.write("HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n")
        } _: { server in
            let reply = try await transport.send(HTTPCall(url: try server.url("/")))
            #expect(reply.status == 302)
        }
    }

    @Test func `the deadline ends a reply that drips`() async throws {
        try await TinyServer.with { exchange in
            try await exchange.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            try await exchange.drip()
        } _: { server in
            let fault = try await fault(server, deadline: .milliseconds(300))
            #expect(fault?.code == "transport-timeout")
        }
    }

    @Test func `a reset in the middle is unreachable`() async throws {
        try await TinyServer.with { exchange in
            try await exchange.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            try await exchange.close(abruptly: true)
        } _: { server in
            let fault = try await fault(server)
            #expect(fault?.code == "transport-unreachable")
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", "garbage garbage garbage\r\n\r\n",
    ]) func `a reply that ends too early is unreachable`(bytes: String) async throws {
        try await TinyServer.with { exchange in
            try await exchange.write(bytes)
            try await exchange.close()
        } _: { server in
            let fault = try await fault(server)
            #expect(fault?.code == "transport-unreachable")
        }
    }

    @Test func `a body over the limit is refused, one of just the limit is not`() async throws {
        try await TinyServer.with {
            try await $0.reply([UInt8](repeating: 7, count: 100_000))
        } _: { server in
            let fault = try await fault(server, limit: 99_999)
            #expect(fault?.code == "transport-too-large")
            #expect(fault?.disposition == .permanent)
            let whole = try await transport.send(HTTPCall(url: try server.url("/"), bodyLimit: 100_000))
            #expect(whole.body.count == 100_000)
        }
    }

    @Test func `gzip is decoded and the limit counts decoded bytes`() async throws {
        try await TinyServer.with {
            try await $0.reply(Self.zeros, "Content-Encoding: gzip\r\n")
        } _: { server in
            let reply = try await transport.send(HTTPCall(url: try server.url("/")))
            #expect(reply.body == [UInt8](repeating: 48, count: 1000))
            #expect(try await fault(server, limit: 999)?.code == "transport-too-large")
            let small = AsyncHTTPTransport(largestBody: 999)
            let call = HTTPCall(url: try server.url("/"))
            let fault = await #expect(throws: TransportFault.self) { try await small.send(call) }
            #expect(fault == .tooLarge(where: call.place, limit: 999))
        }
    }

    @Test func `what does not decompress is unreachable`() async throws {
        try await TinyServer.with {
            try await $0.reply(Self.zeros.dropLast(12) + [1, 2, 3], "Content-Encoding: gzip\r\n")
        } _: { server in
            let fault = try await fault(server)
            #expect(fault?.summary.hasSuffix(": the reply cannot be decompressed") == true)
        }
    }

    @Test func `a cookie is not sent back`() async throws {
        try await TinyServer.with {
            try await $0.reply(Array($0.request.utf8), "Set-Cookie: a=b; Path=/\r\n")
        } _: { server in
            for _ in 0..<2 {
                let echo = try await transport.send(HTTPCall(url: try server.url("/")))
                #expect(!String(decoding: echo.body, as: UTF8.self).lowercased().contains("cookie"))
            }
        }
    }

    @Test func `a connection that was reset while idle costs no second request`() async throws {
        // Each by its own address: one that the server read just before its reset may be counted during the next call.
        let requests = NIOLockedValueBox([String]())
        try await TinyServer.with { exchange in
            let line = exchange.request.prefix { $0 != "\r\n" }
            requests.withLockedValue { $0.append(String(line)) }
            try await exchange.reply([1])
            try await exchange.close(abruptly: true)
        } _: { server in
            for number in 0..<50 {
                do {
                    _ = try await transport.send(HTTPCall(url: try server.url("/\(number)")))
                } catch let fault as TransportFault {
                    // The reset came between the choice of the connection and the request.
                    #expect(fault.code == "transport-unreachable")
                }
            }
            let lines = requests.withLockedValue { $0 }
            #expect(lines.count > 25)
            #expect(Set(lines).count == lines.count)
        }
    }

    @Test(arguments: [false, true]) func `a kept connection that ends at a request takes that request with it`(
        abruptly: Bool
    ) async throws {
        let requests = NIOLockedValueBox(0)
        try await TinyServer.with { exchange in
            let number = requests.withLockedValue { count in
                count += 1
                return count
            }
            if number == 2 { return try await exchange.close(abruptly: abruptly) }
            try await exchange.reply([1])
        } _: { server in
            _ = try await transport.send(HTTPCall(url: try server.url("/")))
            #expect(try await fault(server)?.code == "transport-unreachable")
            #expect(requests.withLockedValue { $0 } == 2)
            _ = try await transport.send(HTTPCall(url: try server.url("/")))
            #expect(requests.withLockedValue { $0 } == 3)
        }
    }

    @Test func `a transport that is let go leaves the process alive`() async throws {
        try await TinyServer.with {
            try await $0.reply([1])
        } _: { server in
            let call = HTTPCall(url: try server.url("/"))
            for _ in 0..<20 { _ = try await AsyncHTTPTransport().send(call) }
            for _ in 0..<20 { _ = AsyncHTTPTransport() }
        }
    }

    @Test(arguments: [
        "ftp://127.0.0.1/", "http:///v2", "ws://127.0.0.1/", "http://h:65536/", "http://h:0/",
        "http://h:99999999999999999999/",
    ])
    func `an address that is no HTTP URL is unreachable`(address: String) async throws {
        let call = HTTPCall(url: try #require(URL(string: address)))
        let fault = await #expect(throws: TransportFault.self) { try await transport.send(call) }
        #expect(fault?.summary.hasSuffix(": the address is not an HTTP URL") == true)
    }

    @Test func `nobody listening and an unknown host are unreachable`() async throws {
        let refused = try #require(URL(string: "http://user:s3cret@127.0.0.1:1/v2/candles?key=s3cret"))
        let fault = await #expect(throws: TransportFault.self) { try await transport.send(HTTPCall(url: refused)) }
        #expect(fault?.code == "transport-unreachable")
        #expect(fault?.summary.contains("127.0.0.1:1/v2/candles:") == true)
        #expect(fault?.description.contains("s3cret") == false)
        let unknown = try #require(URL(string: "http://nowhere.invalid/"))
        let other = await #expect(throws: TransportFault.self) { try await transport.send(HTTPCall(url: unknown)) }
        #expect(other?.code == "transport-unreachable")
        for fault in [fault, other] {
            guard case .notConnected = fault else {
                Issue.record("\(String(describing: fault)) leaves open whether the server saw the request")
                continue
            }
        }
    }

    @Test func `cancelling the task ends the request`() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        try await TinyServer.with { exchange in
            arrived.yield()
            try await exchange.drip()
        } _: { server in
            let call = HTTPCall(url: try server.url("/"))
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await transport.send(call) }
                for await _ in arrivals { break }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
        }
    }

    @Test func `a task that is cancelled already sends nothing and does not hang`() async throws {
        try await TinyServer.with {
            try await $0.reply([])
        } _: { server in
            let call = HTTPCall(url: try server.url("/"))
            for _ in 0..<100 {
                await withThrowingTaskGroup(of: Void.self) { group in
                    group.cancelAll()
                    group.addTask { _ = try await transport.send(call) }
                    await #expect(throws: CancellationError.self) { try await group.next() }
                }
            }
        }
    }

    @Test func `requests in a row share one connection, and parallel ones at most the allowed number`() async throws {
        let transport = AsyncHTTPTransport(connectionsPerHost: 3)
        try await TinyServer.with {
            try await $0.reply([1])
        } _: { server in
            let call = HTTPCall(url: try server.url("/"))
            for _ in 0..<10 { _ = try await transport.send(call) }
            #expect(server.connections == 1)
            try await withThrowingTaskGroup(of: HTTPReply.self) { group in
                for _ in 0..<30 { group.addTask { try await transport.send(call) } }
                for try await reply in group { #expect(reply.body == [1]) }
            }
            #expect(server.connections <= 3)
        }
    }

    /// 1000 times the character 0, compressed.
    private static let zeros: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x33, 0x30, 0x18, 0x05, 0xA3, 0x60, 0x14, 0x0C,
        0x77, 0x00, 0x00, 0x83, 0x99, 0x5F, 0xA8, 0xE8, 0x03, 0x00, 0x00,
    ]
}
