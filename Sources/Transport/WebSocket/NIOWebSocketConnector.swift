import Candles
package import FoundationEssentials
import NIOCore
import NIOPosix
import NIOSSL
import NIOWebSocket
import Resilience

/// Opens WebSocket connections over swift-nio.
package struct NIOWebSocketConnector: WebSocketConnector {
    private let messageLimit: Int
    private let bufferLimit: Int
    private let clock: any Clock<Duration>
    private let trustedCertificates: String?

    /// - Parameters:
    ///   - messageLimit: The largest message that is taken, in bytes.
    ///   - bufferLimit: How many messages may wait for their reader; one more ends the connection.
    ///   - clock: Measures the deadline of the handshake.
    ///   - trustedCertificates: A file in PEM form with the only certificates to trust; nil: those of the system.
    package init(
        messageLimit: Int = 1 << 20, bufferLimit: Int = 4096, clock: any Clock<Duration> = ContinuousClock(),
        trustedCertificates: String? = nil
    ) {
        self.messageLimit = messageLimit
        self.bufferLimit = bufferLimit
        self.clock = clock
        self.trustedCertificates = trustedCertificates
    }

    package func withConnection<T: Sendable>(
        to url: URL, deadline: Duration, _ body: @Sendable (WebSocketConnection) async throws -> T
    ) async throws -> T {
        let endpoint = try WebSocketEndpoint(url)
        let (messages, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(bufferLimit))
        let handshake = WebSocketHandshake(
            endpoint: endpoint, tls: try endpoint.isSecure ? context(endpoint) : nil, messageLimit: messageLimit,
            bufferLimit: bufferLimit, messages: continuation, connectTimeout: deadline + .seconds(1))
        let channel = try await open(handshake, deadline)
        let connection = connection(channel, endpoint.place, messages)
        defer { connection.close() }
        return try await body(connection)
    }

    private func open(_ handshake: WebSocketHandshake, _ deadline: Duration) async throws -> any Channel {
        let attempt = WebSocketAttempt(on: MultiThreadedEventLoopGroup.singleton.next())
        let timedOut = WebSocketFault.timedOut(where: handshake.endpoint.place, after: deadline)
        do {
            return try await withDeadline(deadline, of: clock, orThrow: timedOut) { try await handshake.open(attempt) }
        } catch {
            attempt.abandon(error)
            throw error
        }
    }

    private func context(_ endpoint: WebSocketEndpoint) throws -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.applicationProtocols = ["http/1.1"]
        if let trustedCertificates { tls.trustRoots = .file(trustedCertificates) }
        do {
            return try NIOSSLContext(configuration: tls)
        } catch {
            let refusal = TLSRefusal.unreadableTrust
            throw WebSocketFault.unreachable(where: endpoint.place, reason: refusal.reason, remedy: refusal.remedy)
        }
    }

    private func connection(
        _ channel: any Channel, _ place: String, _ messages: AsyncThrowingStream<[UInt8], any Error>
    ) -> WebSocketConnection {
        WebSocketConnection(messages: messages) { text in
            let sent = channel.eventLoop.makePromise(of: Void.self)
            let frame = WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(string: text))
            try await withTaskCancellationHandler {
                channel.writeAndFlush(frame, promise: sent)
                do {
                    try await sent.futureResult.get()
                } catch {
                    throw error is CancellationError
                        ? error : WebSocketFault.closed(where: place, code: 1006, reason: "")
                }
            } onCancel: {
                sent.fail(CancellationError())
            }
        } close: { code in
            channel.eventLoop.execute {
                let handler = WebSocketMessageHandler.self
                guard let context = try? channel.pipeline.syncOperations.context(handlerType: handler) else { return }
                (context.handler as? WebSocketMessageHandler)?.close(code: code, context)
            }
        }
    }
}

/// Opens WebSocket connections.
package protocol WebSocketConnector: Sendable {
    /// Connects, runs `body` with the open connection, and closes it however `body` ends.
    ///
    /// `url`: `ws` or `wss`. `deadline`: for the whole handshake, which is name, TCP, TLS and upgrade; `body` has none.
    ///
    /// - Throws: `WebSocketFault`, `CancellationError`, and what `body` throws.
    func withConnection<T: Sendable>(
        to url: URL, deadline: Duration, _ body: @Sendable (WebSocketConnection) async throws -> T
    ) async throws -> T
}

/// Where a WebSocket URL leads.
struct WebSocketEndpoint: Sendable {
    let isSecure: Bool
    let host: String
    let port: Int
    /// Path and query: what the handshake asks for.
    let target: String
    /// Scheme, host, port and path: what messages may say, since a query or user info can hold secrets.
    let place: String

    /// - Throws: `WebSocketFault.unreachable`.
    init(_ url: URL) throws(WebSocketFault) {
        let scheme = url.scheme?.lowercased() ?? ""
        let host = url.host() ?? ""
        let path = url.path().isEmpty ? "/" : url.path()
        isSecure = scheme == "wss"
        self.host = host.filter { $0 != "[" && $0 != "]" }
        port = url.port ?? (isSecure ? 443 : 80)
        target = path + (url.query().map { "?\($0)" } ?? "")
        let written = self.host.contains(":") ? "[\(self.host)]" : self.host
        place = "\(scheme)://\(written):\(port)\(path)"
        guard isSecure || scheme == "ws", !host.isEmpty, NetworkPort.isSound(in: url.absoluteString) else {
            throw .unreachable(where: place, reason: "the address is not a WebSocket URL")
        }
    }

    /// The value of the `Host` header.
    var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The name that a certificate must have; nil for an address, which TLS does not send.
    var serverName: String? { (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil }
}
