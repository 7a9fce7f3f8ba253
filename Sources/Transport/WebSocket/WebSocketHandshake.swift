import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Opens one connection: TCP, TLS and upgrade.
struct WebSocketHandshake: Sendable {
    let endpoint: WebSocketEndpoint
    let tls: NIOSSLContext?
    let messageLimit: Int
    let bufferLimit: Int
    let messages: WebSocketMessageHandler.Messages.Continuation
    /// Of TCP alone; the caller bounds the whole.
    let connectTimeout: Duration

    /// Where this ends in any way but a channel, the caller abandons the attempt.
    ///
    /// - Throws: `WebSocketFault`, `CancellationError`.
    func open(_ attempt: WebSocketAttempt) async throws -> any Channel {
        do {
            return try await withTaskCancellationHandler {
                connect(attempt)
                return try await attempt.opened.futureResult.get()
            } onCancel: {
                attempt.abandon(CancellationError())
            }
        } catch {
            throw await fault(error)
        }
    }

    private func connect(_ attempt: WebSocketAttempt) {
        let upgraded = NIOLockedValueBox<EventLoopFuture<any Channel>?>(nil)
        ClientBootstrap(group: attempt.opened.futureResult.eventLoop)
            .connectTimeout(TimeAmount(connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try attempt.adopt(channel)
                    let future = try configure(channel)
                    upgraded.withLockedValue { $0 = future }
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .flatMap { channel in
                upgraded.withLockedValue { $0 } ?? channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
            }
            .cascade(to: attempt.opened)
    }

    private func configure(_ channel: any Channel) throws -> EventLoopFuture<any Channel> {
        if let tls {
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: tls, serverHostname: endpoint.serverName))
        }
        try channel.pipeline.syncOperations.addHandler(LateEndHandler())
        let refused = channel.eventLoop.makePromise(of: (any Channel).self)
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<EventLoopFuture<any Channel>>(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                let reader = RefusalReader(place: endpoint.place, refused: refused)
                try channel.pipeline.syncOperations.addHandler(reader)
                return refused.futureResult
            }
        }
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // Frames may come in one piece with the answer to the handshake; by default they would be dropped.
        pipeline.leftOverBytesStrategy = .forwardBytes
        let outcome = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
        outcome.whenFailure { refused.fail($0) }
        outcome.whenSuccess { if $0 !== refused.futureResult { refused.fail(CancellationError()) } }
        return outcome.flatMap { $0 }
    }

    private var head: HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: .GET, uri: endpoint.target, headers: ["Host": endpoint.hostHeader])
    }

    private var upgrader: NIOTypedWebSocketClientUpgrader<EventLoopFuture<any Channel>> {
        NIOTypedWebSocketClientUpgrader(maxFrameSize: messageLimit, enableAutomaticErrorHandling: false) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers(
                    NIOWebSocketFrameAggregator(
                        minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1024,
                        maxAccumulatedFrameSize: messageLimit),
                    WebSocketMessageHandler(
                        place: endpoint.place, messageLimit: messageLimit, bufferLimit: bufferLimit,
                        messages: messages))
                return channel.eventLoop.makeSucceededFuture(channel)
            }
        }
    }

    /// The error in words of our own, which quote nothing of the URL but the place.
    private func fault(_ error: any Error) async -> any Error {
        switch error {
        case is WebSocketFault, is CancellationError: return error
        case is NIOHTTPClientUpgradeError, is HTTPParserError:
            return WebSocketFault.unreachable(where: endpoint.place, reason: "the answer is no WebSocket handshake")
        default:
            let failure = await ConnectionFailure(error, to: endpoint.host, port: endpoint.port)
            return WebSocketFault.unreachable(
                where: endpoint.place,
                reason: failure?.reason ?? "the connection broke before the end of the handshake",
                remedy: failure?.remedy)
        }
    }
}

/// Tells those behind it of the connection's end one turn of the event loop later.
///
/// NIO changes from HTTP to WebSocket in a turn of its own. A server that answers the handshake, sends frames and closes,
/// all in one piece, is seen to close in between, and its frames would be read as HTTP and lost.
final class LateEndHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelInactive(context: ChannelHandlerContext) {
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.execute { context.value.fireChannelInactive() }
    }
}

/// Reads the status of a server that did not switch to WebSocket.
final class RefusalReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let place: String
    private let refused: EventLoopPromise<any Channel>

    init(place: String, refused: EventLoopPromise<any Channel>) {
        self.place = place
        self.refused = refused
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) {
            let status = Int(head.status.code)
            let headers = Dictionary(head.headers.map { ($0.name, $0.value) }) { first, _ in first }
            let wait = HTTPReply(status: status, headers: headers).retryAfter(at: nil)
            refused.fail(WebSocketFault.refused(where: place, status: status, retryAfter: wait))
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        refused.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { refused.fail(ChannelError.eof) }
}

/// One try to connect, which can be given up at any moment.
struct WebSocketAttempt: Sendable {
    private struct State {
        var channels: [any Channel] = []
        var isAbandoned = false
    }

    let opened: EventLoopPromise<any Channel>
    private let state = NIOLockedValueBox(State())

    init(on loop: any EventLoop) { opened = loop.makePromise() }

    /// Takes a channel that may become the connection; a host of two addresses may have two.
    ///
    /// - Throws: `CancellationError` after `abandon`.
    func adopt(_ channel: any Channel) throws {
        let isAbandoned = state.withLockedValue { state in
            state.channels.append(channel)
            return state.isAbandoned
        }
        if isAbandoned { throw CancellationError() }
    }

    /// Answers whoever waits with this error, and closes what is open.
    func abandon(_ error: any Error) {
        opened.fail(error)
        let channels = state.withLockedValue { state in
            state.isAbandoned = true
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
    }
}
