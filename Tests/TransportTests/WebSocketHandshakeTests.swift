import Foundation
import NIOSSL
import Resilience
import TestSupport
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct WebSocketHandshakeTests {
    private let connector = NIOWebSocketConnector()

    /// What connecting throws.
    private func fault(
        _ url: URL, by connector: NIOWebSocketConnector? = nil, deadline: Duration = .seconds(20)
    ) async -> WebSocketFault? {
        await #expect(throws: WebSocketFault.self) {
            try await (connector ?? self.connector).withConnection(to: url, deadline: deadline) { _ in }
        }
    }

    /// The URL of a server that speaks HTTP, with secrets where a message must not show them.
    private func url(_ server: TinyServer) throws -> URL {
        try #require(URL(string: "ws://user:s3cret@127.0.0.1:\(server.port)/ws/2?key=s3cret"))
    }

    @Test(arguments: [
        (200, Disposition.permanent), (302, .permanent), (404, .permanent), (429, .retryable(after: nil)),
        (503, .retryable(after: nil)),
    ]) func `a refusal carries its status`(status: Int, disposition: Disposition) async throws {
        try await TinyServer.with { exchange in
            try await exchange.write("HTTP/1.1 \(status) No\r\nContent-Length: 4\r\n\r\nbusy")
        } _: { server in
            let fault = await fault(try url(server))
            #expect(fault == .refused(where: "ws://127.0.0.1:\(server.port)/ws/2", status: status))
            #expect(fault?.disposition == disposition)
            #expect(fault?.description.contains("s3cret") == false)
        }
    }

    @Test func `the request is a handshake for path and query`() async throws {
        let (requests, requested) = AsyncStream.makeStream(of: String.self)
        try await TinyServer.with { exchange in
            requested.yield(exchange.request)
            try await exchange.close()
        } _: { server in
            let fault = await fault(try url(server))
            #expect(fault?.code == "websocket-unreachable")
            for await request in requests.prefix(1) {
                #expect(request.hasPrefix("GET /ws/2?key=s3cret HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"))
                #expect(request.contains("Upgrade: websocket\r\n"))
            }
        }
    }

    @Test(arguments: [
        "", "garbage\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            + "Sec-WebSocket-Accept: d3Jvbmc=\r\n\r\n",
    ]) func `an answer that is no handshake is unreachable`(bytes: String) async throws {
        try await TinyServer.with { exchange in
            try await exchange.write(bytes)
            try await exchange.close()
        } _: { server in
            let fault = await fault(try url(server))
            #expect(fault?.code == "websocket-unreachable")
            #expect(fault?.description.contains("s3cret") == false)
        }
    }

    @Test func `the deadline ends a handshake that hangs`() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        try await TinyServer.with { _ in
            arrived.yield()
        } _: { server in
            let clock = ManualClock()
            let connector = NIOWebSocketConnector(clock: clock)
            let url = try url(server)
            await withTaskGroup(of: WebSocketFault?.self) { group in
                group.addTask { await fault(url, by: connector, deadline: .seconds(30)) }
                for await _ in arrivals.prefix(1) {}
                await clock.sleepers(atLeast: 1)
                clock.advance(by: .seconds(30))
                for await fault in group {
                    #expect(
                        fault == .timedOut(where: "ws://127.0.0.1:\(server.port)/ws/2", after: .seconds(30)))
                }
            }
        }
    }

    @Test func `cancelling ends a handshake that hangs`() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        try await TinyServer.with { _ in
            arrived.yield()
        } _: { server in
            let url = try url(server)
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await connector.withConnection(to: url, deadline: .seconds(60)) { _ in } }
                for await _ in arrivals.prefix(1) {}
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
        }
    }

    @Test func `a task that is cancelled already does not connect`() async throws {
        try await WebSocketPeer.with {
            _ = try await $0.drain()
        } _: { peer in
            let url = try peer.url()
            for _ in 0..<50 {
                await withThrowingTaskGroup(of: Void.self) { group in
                    group.cancelAll()
                    group.addTask {
                        try await connector.withConnection(to: url, deadline: .seconds(60)) { _ in
                            try Task.checkCancellation()
                        }
                    }
                    await #expect(throws: CancellationError.self) { try await group.next() }
                }
            }
        }
    }

    @Test(arguments: [
        "ws://127.0.0.1:1/", "ws://nowhere.invalid/", "http://127.0.0.1/", "wss:///ws/2", "ws://127.0.0.1:65536/",
    ])
    func `an address where no WebSocket server is, is unreachable`(address: String) async throws {
        let fault = await fault(try #require(URL(string: address)))
        #expect(fault?.code == "websocket-unreachable")
    }

    @Test func `TLS is trusted by the certificates that were given, and by no others`() async throws {
        let folder = try ScratchFolder()
        let own = try Certificate(in: folder, named: "own")
        let other = try Certificate(in: folder, named: "other")
        try await WebSocketPeer.with(tls: own.serverContext()) { session in
            try await session.send("hello")
            _ = try await session.drain()
        } _: { peer in
            let trusting = NIOWebSocketConnector(trustedCertificates: own.path)
            for host in ["localhost", "127.0.0.1"] {
                let message = try await trusting.withConnection(
                    to: try peer.url(host: host), deadline: .seconds(20)
                ) { connection in try await connection.messages.first { _ in true } }
                #expect(message == Array("hello".utf8))
            }
            for connector in [connector, NIOWebSocketConnector(trustedCertificates: other.path)] {
                let fault = await fault(try peer.url(), by: connector)
                let place = "wss://127.0.0.1:\(peer.port)/ws/2"
                #expect(
                    fault?.summary
                        == "no connection to \(place): the TLS handshake failed: \(TLSRefusal.untrusted.reason)")
                #expect(fault?.hint == TLSRefusal.untrusted.remedy)
            }
            let unreadable = NIOWebSocketConnector(trustedCertificates: folder.path("none.pem"))
            let fault = await fault(try peer.url(), by: unreadable)
            #expect(fault?.summary.hasSuffix(": the certificates to trust cannot be read") == true)
        }
    }
}
