import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import TestSupport

/// A WebSocket server whose frames a test writes one by one.
struct WebSocketPeer: Sendable {
    typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// One accepted connection.
    struct Session: Sendable {
        let inbound: NIOAsyncChannelInboundStream<WebSocketFrame>
        fileprivate let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
        fileprivate let channel: any Channel

        func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, fin: Bool = true) async throws {
            try await outbound.write(WebSocketFrame(fin: fin, opcode: opcode, data: data))
        }

        func send(_ text: String) async throws { try await send(.text, ByteBuffer(string: text)) }

        func close(_ code: UInt16, _ reason: String = "") async throws {
            var data = ByteBuffer(integer: code)
            data.writeString(reason)
            try await send(.connectionClose, data)
        }

        /// Ends the connection without a close frame; with `abruptly` by a reset.
        func drop(abruptly: Bool = false) async throws {
            if abruptly, let options = channel as? any SocketOptionProvider {
                try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            }
            try await channel.close().get()
        }

        /// Reads until the client goes, and gives the code of its close frame.
        func drain() async throws -> UInt16? {
            var code: UInt16?
            for try await frame in inbound where frame.opcode == .connectionClose {
                code = frame.unmaskedData.getInteger(at: 0)
            }
            return code
        }
    }

    let port: Int
    let scheme: String

    func url(_ path: String = "/ws/2", host: String = "127.0.0.1") throws -> URL {
        guard let url = URL(string: "\(scheme)://\(host):\(port)\(path)") else { throw URLError(.badURL) }
        return url
    }

    /// Runs `body` beside a server that runs `serve` with each connection.
    static func with<T: Sendable>(
        tls: NIOSSLContext? = nil, _ serve: @escaping @Sendable (Session) async throws -> Void,
        _ body: @Sendable (WebSocketPeer) async throws -> T
    ) async throws -> T {
        let listener = try await ServerBootstrap.listener()
        let peer = WebSocketPeer(port: listener.channel.localAddress?.port ?? 0, scheme: tls == nil ? "ws" : "wss")
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await peer.accept(listener, tls, serve) }
            defer { group.cancelAll() }
            return try await body(peer)
        }
    }

    private static func upgrade(_ channel: any Channel, _ tls: NIOSSLContext?) throws -> EventLoopFuture<Frames?> {
        if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
        let upgrader = NIOTypedWebSocketServerUpgrader<Frames?>(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) }
        ) { channel, _ in
            channel.eventLoop.makeCompletedFuture { try Frames(wrappingChannelSynchronously: channel) }
        }
        return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: .init(
                upgradeConfiguration: .init(upgraders: [upgrader]) { channel in channel.close().map { nil } }))
    }

    private func accept(
        _ listener: NIOAsyncChannel<any Channel, Never>, _ tls: NIOSSLContext?,
        _ serve: @escaping @Sendable (Session) async throws -> Void
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                for try await channel in connections {
                    group.addTask {
                        // A client that goes away in the middle is what some tests are about.
                        let upgrade = try? await channel.startReading { try Self.upgrade(channel, tls) }
                        guard let frames = try? await upgrade?.get() else { return }
                        try? await frames.executeThenClose { inbound, outbound in
                            try await serve(Session(inbound: inbound, outbound: outbound, channel: frames.channel))
                        }
                    }
                }
            }
        }
    }
}
