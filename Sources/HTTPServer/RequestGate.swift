import NIOCore
import NIOHTTP1

/// Passes requests on that the rules allow, and answers the others itself.
///
/// Stands behind NIO's pipeline handler, so that it sees one request at a time and its answers keep their turn.
final class RequestGate: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let rules: RequestRules
    private var isHead = false
    private var bodyBytes = 0
    private var isAnswering = false
    private var isRefused = false

    init(_ rules: RequestRules) { self.rules = rules }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRefused { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            isHead = head.method == .HEAD
            bodyBytes = 0
            let refusal = rules.refusal(of: head, own: context.channel.localAddress?.ipAddress)
            if let refusal { return refuse(refusal, context) }
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            if bodyBytes > rules.bodyBytes { return refuse(.tooLarge, context) }
        case .end: break
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.fireErrorCaught(error) }
        refuse(.malformed("the request is malformed"), context)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isRefused {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head): isAnswering = !head.status.isInformational
        case .body: break
        case .end: isAnswering = false
        }
        context.write(data, promise: promise)
    }

    /// Once; an answer that has begun cannot be taken back, so that its connection just ends.
    private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        if isRefused || !context.channel.isActive { return }
        isRefused = true
        if isAnswering { return context.close(promise: nil) }
        for part in refusal.parts(toHead: isHead) { context.write(wrapOutboundOut(part), promise: nil) }
        context.flush()
    }
}
