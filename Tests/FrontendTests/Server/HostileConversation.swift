import NIOCore
import NIOPosix

/// Says bytes to a server, then that it will say no more, and hears everything until the server ends the connection.
enum HostileConversation {
    static func heard(saying bytes: [UInt8], to port: Int) async throws -> [UInt8] {
        let (heard, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Listener(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        // The server may refuse it before all is said.
        try? await channel.writeAndFlush(ByteBuffer(bytes: bytes))
        try? await channel.close(mode: .output)
        var all: [UInt8] = []
        for await part in heard { all += part }
        try? await channel.close()
        return all
    }

    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let heard: AsyncStream<[UInt8]>.Continuation

        init(_ heard: AsyncStream<[UInt8]>.Continuation) { self.heard = heard }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            heard.yield(Array(unwrapInboundIn(data).readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) { heard.finish() }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .inputClosed? = event as? ChannelEvent { heard.finish() }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            heard.finish()
            context.close(promise: nil)
        }
    }
}
