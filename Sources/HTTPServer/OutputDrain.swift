import NIOCore

/// Closes the sending side of a connection only when everything before it was sent.
///
/// NIO closes a connection at once, with what still waits to be sent, where the client has closed its own sending side.
final class OutputDrain: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        let last = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        last.futureResult.whenComplete { _ in bound.value.close(mode: .output, promise: promise) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: last)
    }
}
