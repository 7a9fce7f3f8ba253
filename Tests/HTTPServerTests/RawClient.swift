import Foundation
import NIOCore
import NIOPosix

/// A connection on which a test writes and reads bytes.
struct RawClient: Sendable {
    private let channel: any Channel
    private let heard: AsyncStream<String>

    /// Runs `body` with an open connection, which is closed afterwards.
    static func with<T>(_ port: Int, _ body: (RawClient) async throws -> T) async throws -> T {
        let (heard, continuation) = AsyncStream.makeStream(of: String.self)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Ear(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let result = try await body(RawClient(channel: channel, heard: heard))
        // Who it speaks with may have closed it.
        try? await channel.close()
        return result
    }

    /// Sends `text` on a connection of its own, and gives everything that comes back until the server ends it.
    static func exchange(_ port: Int, _ text: String) async throws -> String {
        try await with(port) { client in
            try await client.send(text)
            return await client.rest()
        }
    }

    /// So many open connections that say nothing.
    static func idle(_ count: Int, _ port: Int) async throws -> [any Channel] {
        var channels: [any Channel] = []
        for _ in 0..<count {
            channels.append(
                try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .connect(host: "127.0.0.1", port: port).get())
        }
        return channels
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Says that nothing more will be sent.
    func finish() async throws { try await channel.close(mode: .output) }

    /// Reads until the server ends the connection, by a reset too.
    func rest() async -> String {
        var text = ""
        for await part in heard { text += part }
        return text
    }

    /// Reads a piece in each `pause` until the server ends the connection.
    func rest(every pause: TimeAmount) async throws -> String {
        do {
            try await channel.setOption(.autoRead, value: false).get()
        } catch ChannelError.ioOnClosedChannel {
            // All of it has come already.
            return await rest()
        }
        let reading = channel.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in channel.read() }
        defer { reading.cancel() }
        return await rest()
    }

    /// Reads until what came ends so.
    func until(_ ending: String) async -> String {
        var text = ""
        for await part in heard {
            text += part
            if text.hasSuffix(ending) { break }
        }
        return text
    }

    /// Writes one byte of `text` every 20 ms, over and over, until the server ends the connection; gives what it said.
    func drip(_ text: String) async throws -> String {
        try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask { await rest() }
            group.addTask {
                for index in 0... {
                    let byte = Array(text.utf8)[index % text.utf8.count]
                    do { try await channel.writeAndFlush(ByteBuffer(bytes: [byte])) } catch { return nil }
                    try await channel.eventLoop.scheduleTask(in: .milliseconds(20)) {}.futureResult.get()
                }
                return nil
            }
            defer { group.cancelAll() }
            for try await said in group { if let said { return said } }
            return ""
        }
    }

    /// Passes on what it hears.
    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let heard: AsyncStream<String>.Continuation

        init(_ heard: AsyncStream<String>.Continuation) { self.heard = heard }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            heard.yield(String(buffer: unwrapInboundIn(data)))
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
