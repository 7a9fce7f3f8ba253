import NIOCore
import NIOPosix

/// A browser that listens to server-sent events.
package struct EventClient: Sendable {
    package struct Event: Sendable, Equatable {
        package let id: String?
        package let name: String
        package let data: String
        /// When its last byte came.
        package let at: ContinuousClock.Instant
    }

    /// Ends with the connection.
    package let events: AsyncStream<Event>
    private let channel: any Channel
    private let heads: AsyncStream<String>
    private let texts: AsyncStream<String>

    /// Connects and asks; with `reads` false it never takes anything from its socket.
    package static func with<T: Sendable>(
        _ port: Int, after lastID: String? = nil, reads: Bool = true, method: String = "GET", version: String = "1.1",
        path: String = "/api/v1/events",
        _ body: (EventClient) async throws -> T
    ) async throws -> T {
        let (events, event) = AsyncStream.makeStream(of: Event.self)
        let (heads, head) = AsyncStream.makeStream(of: String.self)
        let (texts, text) = AsyncStream.makeStream(of: String.self)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EventEar(head, event, text))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let close = path == "/api/v1/events" ? "" : "Connection: close\r\n"
        let resume = lastID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        try await channel.writeAndFlush(
            ByteBuffer(string: "\(method) \(path) HTTP/\(version)\r\nHost: localhost\r\n\(resume)\(close)\r\n"))
        let result: Result<T, any Error>
        do {
            result = .success(try await body(EventClient(events: events, channel: channel, heads: heads, texts: texts)))
        } catch {
            result = .failure(error)
        }
        // Who it speaks with may have closed it.
        try? await channel.close()
        return try result.get()
    }

    /// Asks for something that is no stream, and gives all of it.
    package static func get(_ path: String, _ port: Int) async throws -> (head: String, body: String) {
        try await with(port, path: path) { client in (await client.head() ?? "", await client.text()) }
    }

    /// The status line and the fields of the answer; nil where the connection ended before.
    package func head() async -> String? {
        for await head in heads { return head }
        return nil
    }

    /// The body of an answer that is not in chunks, once the server has ended the connection.
    package func text() async -> String {
        var text = ""
        for await part in texts { text += part }
        return text
    }

    /// The next event but those of `skipping`; nil where the connection ended.
    package func next(skipping: Set<String> = ["hb"]) async -> Event? {
        for await event in events where !skipping.contains(event.name) { return event }
        return nil
    }

    /// The next event of this name, and with this text in it.
    package func first(_ name: String, about text: String = "") async -> Event? {
        for await event in events where event.name == name && (text.isEmpty || event.data.contains(text)) {
            return event
        }
        return nil
    }

    /// Returns once the server has ended the connection.
    package func ended() async { try? await channel.closeFuture.get() }
}

/// Takes an answer in chunks apart into events.
private final class EventEar: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let head: AsyncStream<String>.Continuation
    private let event: AsyncStream<EventClient.Event>.Continuation
    private let plain: AsyncStream<String>.Continuation
    private var bytes = ByteBuffer()
    private var isInBody = false
    private var isChunked = false
    private var text: [UInt8] = []

    init(
        _ head: AsyncStream<String>.Continuation, _ event: AsyncStream<EventClient.Event>.Continuation,
        _ plain: AsyncStream<String>.Continuation
    ) {
        self.head = head
        self.event = event
        self.plain = plain
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        bytes.writeBuffer(&part)
        if !isInBody {
            guard let lines = take(until: "\r\n\r\n") else { return }
            isInBody = true
            isChunked = lines.lowercased().contains("\r\ntransfer-encoding: chunked\r\n")
            head.yield(lines)
        }
        if !isChunked {
            plain.yield(bytes.readString(length: bytes.readableBytes) ?? "")
            return
        }
        while let chunk = takeChunk() { text += chunk.readableBytesView }
        while let end = text.firstRange(of: Array("\n\n".utf8)) {
            event.yield(Self.event(String(decoding: text[..<end.lowerBound], as: UTF8.self)))
            text.removeSubrange(..<end.upperBound)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish()
        context.close(promise: nil)
    }

    private func finish() {
        head.finish()
        event.finish()
        plain.finish()
    }

    private func take(until mark: String) -> String? {
        guard let end = Array(bytes.readableBytesView).firstRange(of: Array(mark.utf8)) else { return nil }
        return bytes.readString(length: end.upperBound)
    }

    private func takeChunk() -> ByteBuffer? {
        let start = bytes
        guard let line = take(until: "\r\n"), let size = Int(line.dropLast(1), radix: 16),
            let chunk = bytes.readSlice(length: size), bytes.readString(length: 2) != nil
        else {
            bytes = start
            return nil
        }
        bytes.discardReadBytes()
        return chunk
    }

    private static func event(_ text: String) -> EventClient.Event {
        func field(_ name: String) -> String? {
            text.split(separator: "\n").first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
        }
        return EventClient.Event(
            id: field("id"), name: field("event") ?? "", data: field("data") ?? "", at: ContinuousClock.now)
    }
}
