import NIOCore

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
