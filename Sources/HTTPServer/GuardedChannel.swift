import Candles
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// A connection of HTTP/1.1 on which no client can do harm.
struct GuardedChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let limits: HTTPServerLimits
    let rules: RequestRules
    let headers: DefaultHeaders
    let now: @Sendable () -> HTTPDate
    let ready: (any ReadyAnswers)?
    let responder: HTTPChannelHandler.Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let drain = OutputDrain()
            let timer = ConnectionTimer(limits)
            try pipeline.addHandler(drain)
            try pipeline.addHandler(ArrivalBell(timer))
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(
                ByteToMessageHandler(
                    HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: decoderLimits)))
            try pipeline.addHandler(DefaultHeadersHandler(headers, now: now))
            try pipeline.addHandler(timer)
            try pipeline.addHandler(HTTPServerPipelineHandler())
            try pipeline.addHandler(RequestGate(rules, ready: ready, drain: drain))
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            return try Value(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value channel: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            await handleHTTP(asyncChannel: channel, logger: logger)
        } onCancel: {
            channel.channel.close(promise: nil)
        }
    }

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderFieldSize = limits.fieldBytes
        configuration.maxHeaderListSize = limits.headBytes
        configuration.maxHeaderFieldCount = limits.fields
        return configuration
    }
}

/// Knows when everything that was written is sent, and closes the sending side only then.
///
/// NIO closes a connection at once, with what still waits to be sent, where the client has closed its own side.
final class OutputDrain: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        whenSent { context.close(mode: .output, promise: promise) }
    }

    /// Acts at once where nothing waits, or where nothing can be sent any more.
    func whenSent(_ act: @escaping () -> Void) {
        context?.flush()
        // A channel that cannot say so has nothing that waits.
        let waiting = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)
        guard let context, waiting ?? 0 > 0 else { return act() }
        let sent = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, act), eventLoop: context.eventLoop)
        sent.futureResult.whenComplete { result in
            let (drain, act) = bound.value
            // More may have been written meanwhile.
            if case .success = result { drain.whenSent(act) } else { act() }
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: sent)
    }
}
