import NIOCore

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
