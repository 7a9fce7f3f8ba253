import NIOCore
import NIOHTTP1

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
