import Foundation
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// `/ws/2`: who may connect, and what each connection is served from.
struct WebSocketEndpoint: Sendable {
    static let path = "/ws/2"
    /// A client that leaves more than this unread is cut off.
    static let outboundBounds = ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 20, high: 4 << 20)

    let market: ReplayMarket
    let settings: ReplaySettings
    let clock: ReplayClock
    let state: NIOLockedValueBox<ReplayState>
    private let serverID = UUID().uuidString.lowercased()

    init(market: ReplayMarket, settings: ReplaySettings, clock: ReplayClock, state: NIOLockedValueBox<ReplayState>) {
        self.market = market
        self.settings = settings
        self.clock = clock
        self.state = state
    }

    /// Judges one upgrade: nil where it is granted, else the reply.
    func refusal(of uri: String) -> ReplayReply? {
        let path = String(uri.prefix { $0 != "?" })
        guard path == WebSocketEndpoint.path else { return .cannotGet(path) }
        let now = clock.now()
        let isAdmitted = state.withLockedValue { $0.admitsUpgrade(at: now, limit: settings.connectionLimit) }
        return isAdmitted ? nil : ErrorReply.rateLimited.reply(retryAfter: nil)
    }

    /// Serves one connection to its end.
    func serve(_ channel: UpgradableChannel.WebSocket) async {
        state.withLockedValue { state in
            state.statistics.webSocket.connections += 1
            state.statistics.webSocket.openConnections += 1
        }
        defer { state.withLockedValue { $0.statistics.webSocket.openConnections -= 1 } }
        let session = WebSocketSession(
            market: market, settings: settings, shared: .init(state), at: clock.now())
        await WebSocketConnection(
            channel: channel, session: NIOLockedValueBox(session), clock: clock, interval: settings.updateInterval,
            countFrames: { [state] count in state.withLockedValue { $0.statistics.webSocket.frames += count } }
        ).run(serverID: serverID)
    }
}

/// What a session asks of the server's common state.
struct SharedState: Sendable {
    let faults: @Sendable (WebSocketFault.Occasion, _ key: String) -> [WebSocketFault]
    let nextChannelID: @Sendable () -> Int
    let beginMaintenance: @Sendable (_ until: Int64) -> Void
    let isInMaintenance: @Sendable (_ at: Int64) -> Bool

    init(_ state: NIOLockedValueBox<ReplayState>) {
        faults = { occasion, key in state.withLockedValue { $0.webSocketFaults(on: occasion, key) } }
        nextChannelID = { state.withLockedValue { $0.nextChannelID() } }
        beginMaintenance = { end in state.withLockedValue { $0.beginMaintenance(until: end) } }
        isInMaintenance = { now in state.withLockedValue { $0.isInMaintenance(at: now) || $0.faults.saysMaintenance } }
    }
}

/// A connection whose first request decides whether it speaks HTTP/1 or WebSocket.
struct UpgradableChannel: HTTPChannelHandler {
    typealias HTTP = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    typealias WebSocket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    enum Speech: Sendable {
        case http(HTTP)
        case webSocket(WebSocket)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Known once the first request has come.
        let speech: EventLoopFuture<Speech>
    }

    let responder: HTTPChannelHandler.Responder
    let endpoint: WebSocketEndpoint

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Speech>(
            maxFrameSize: 1 << 16,
            shouldUpgrade: { channel, head in
                let refusal = endpoint.refusal(of: head.uri)
                if let refusal { UpgradableChannel.write(refusal, to: channel) }
                return channel.eventLoop.makeSucceededFuture(refusal == nil ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, _ in UpgradableChannel.webSocket(channel) })
        var configuration = NIOUpgradableHTTPServerPipelineConfiguration(
            upgradeConfiguration: .init(upgraders: [upgrader]) { UpgradableChannel.http($0, logger: logger) })
        configuration.enablePipelining = false
        configuration.enableResponseHeaderValidation = false
        let pipeline = configuration
        return channel.eventLoop.makeCompletedFuture {
            Value(
                channel: channel,
                speech: try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                    configuration: pipeline))
        }
    }

    func handle(value: Value, logger: Logger) async {
        let speech = try? await withTaskCancellationHandler {
            try await value.speech.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
        switch speech {
        case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
        case .webSocket(let channel): await endpoint.serve(channel)
        case nil: return  // The client left before it asked for anything.
        }
    }

    /// Answers an upgrade that is refused; the connection ends after it.
    ///
    /// NIO's upgrade handler does not pass the head of such a request on, so that no responder could answer it.
    private static func write(_ reply: ReplayReply, to channel: any Channel) {
        let headers: HTTPHeaders = [
            "Content-Type": reply.contentType, "Content-Length": String(reply.byteCount), "Connection": "close",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        for piece in reply.body { channel.write(HTTPServerResponsePart.body(.byteBuffer(piece)), promise: nil) }
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }

    private static func http(_ channel: any Channel, logger: Logger) -> EventLoopFuture<Speech> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try channel.pipeline.syncOperations.addHandler(OwnDate())
            try channel.pipeline.syncOperations.addHandler(HTTPConnectionStateHandler(logger: logger))
            return .http(
                try HTTP(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
        }
    }

    private static func webSocket(_ channel: any Channel) -> EventLoopFuture<Speech> {
        channel.setOption(.writeBufferWaterMark, value: WebSocketEndpoint.outboundBounds).flatMapThrowing {
            try channel.pipeline.syncOperations.addHandler(
                NIOWebSocketFrameAggregator(
                    minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 16, maxAccumulatedFrameSize: 1 << 16))
            return .webSocket(try WebSocket(wrappingChannelSynchronously: channel))
        }
    }
}
