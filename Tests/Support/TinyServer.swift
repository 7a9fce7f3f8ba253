package import Foundation
import NIOConcurrencyHelpers
package import NIOCore
package import NIOPosix

/// A TCP server whose replies a test writes byte by byte.
package struct TinyServer: Sendable {
    package typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// One request on one connection, to be answered with raw bytes.
    package struct Exchange: Sendable {
        package let path: String
        /// The head of the request, with its empty line.
        package let request: String
        /// As long as `Content-Length` says.
        package let body: [UInt8]
        fileprivate let channel: any Channel
        fileprivate let writer: NIOAsyncChannelOutboundWriter<ByteBuffer>

        package func write(_ text: String) async throws { try await writer.write(ByteBuffer(string: text)) }
        package func write(_ bytes: [UInt8]) async throws { try await writer.write(ByteBuffer(bytes: bytes)) }

        /// Replies with status 200 and this body.
        package func reply(_ body: [UInt8], _ headers: String = "") async throws {
            try await write("HTTP/1.1 200 OK\r\n\(headers)Content-Length: \(body.count)\r\n\r\n")
            try await write(body)
        }

        /// Writes one byte every 10 ms until the client goes away.
        package func drip() async throws {
            while true {
                try await write("x")
                try await channel.eventLoop.scheduleTask(in: .milliseconds(10)) {}.futureResult.get()
            }
        }

        /// Closes the connection; with `abruptly` by a reset.
        package func close(abruptly: Bool = false) async throws {
            if abruptly, let options = channel as? any SocketOptionProvider {
                try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            }
            try await channel.close().get()
        }
    }

    package let port: Int
    private let accepted = NIOLockedValueBox(0)

    package var connections: Int { accepted.withLockedValue { $0 } }

    package func url(_ path: String) throws -> URL {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        return url
    }

    /// Runs `body` beside a server that answers each request by `respond`, and writes `greeting` as soon as a client is there.
    package static func with<T: Sendable>(
        greeting: String? = nil,
        _ respond: @escaping @Sendable (Exchange) async throws -> Void,
        _ body: @Sendable (TinyServer) async throws -> T
    ) async throws -> T {
        let listener = try await ServerBootstrap.listener()
        let server = TinyServer(port: listener.channel.localAddress?.port ?? 0)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve(listener, greeting, respond) }
            defer { group.cancelAll() }
            return try await body(server)
        }
    }

    private func serve(
        _ listener: NIOAsyncChannel<any Channel, Never>, _ greeting: String?,
        _ respond: @escaping @Sendable (Exchange) async throws -> Void
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                for try await channel in connections {
                    accepted.withLockedValue { $0 += 1 }
                    group.addTask {
                        // A client that goes away in the middle is what some tests are about.
                        guard let connection = try? await Connection.reading(channel) else { return }
                        try? await answer(connection, greeting, respond)
                    }
                }
            }
        }
    }

    private func answer(
        _ connection: Connection, _ greeting: String?, _ respond: @escaping @Sendable (Exchange) async throws -> Void
    ) async throws {
        try await connection.executeThenClose { inbound, outbound in
            if let greeting { try await outbound.write(ByteBuffer(string: greeting)) }
            var request: [UInt8] = []
            for try await part in inbound {
                request += part.readableBytesView
                guard let end = request.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { continue }
                let head = String(decoding: request[..<end], as: UTF8.self)
                let length = head.firstMatch(of: /(?i)\r\ncontent-length: *(\d+)/).flatMap { Int($0.1) } ?? 0
                guard request.count >= end + length else { continue }
                let path = String(head.split(separator: " ", maxSplits: 2)[1])
                let body = Array(request[end..<end + length])
                request = []
                try await respond(
                    Exchange(path: path, request: head, body: body, channel: connection.channel, writer: outbound))
            }
        }
    }
}

extension TinyServer.Connection {
    fileprivate static func reading(_ channel: any Channel) async throws -> Self {
        try await channel.startReading { try Self(wrappingChannelSynchronously: channel) }
    }
}

extension ServerBootstrap {
    /// Accepts on a port of the system's choice.
    ///
    /// The connections are bare and read nothing yet: an async channel that is accepted while the listener ends would be
    /// let go unused, which NIO stops the process for.
    package static func listener() async throws -> NIOAsyncChannel<any Channel, Never> {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0) { $0.eventLoop.makeSucceededFuture($0) }
    }
}

extension Channel {
    /// Sets an accepted connection up by `configure`, then lets it read.
    package func startReading<T: Sendable>(_ configure: @escaping @Sendable () throws -> T) async throws -> T {
        try await eventLoop.flatSubmit {
            self.eventLoop.makeCompletedFuture { try configure() }
                .flatMap { value in self.setOption(.autoRead, value: true).map { value } }
        }.get()
    }
}
