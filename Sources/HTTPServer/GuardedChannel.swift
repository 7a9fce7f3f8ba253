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
