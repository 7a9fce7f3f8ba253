import BitfinexReplay
import Candles
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import TestSupport

/// A client of `/ws/2` that reads when it is told to.
final class SocketClient {
    enum Event: Equatable {
        case text(String)
        case close(UInt16)
        /// The connection ended without a close frame.
        case end
    }

    struct Refused: Error {}
    typealias Channel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private let events: AsyncStream<Event>
    private let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    private let clock: ManualClock

    private init(
        _ events: AsyncStream<Event>, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ clock: ManualClock
    ) {
        self.events = events
        self.outbound = outbound
        self.clock = clock
    }

    /// Connects for the length of `body`; the clock is the replay's.
    ///
    /// - Throws: `Refused`, or what `body` throws.
    static func run(
        port: Int, _ clock: ManualClock, _ body: (SocketClient) async throws -> Void
    ) async throws {
        let upgrade = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { setUp($0) }
        guard let channel = try? await upgrade.get() else { throw Refused() }
        try await channel.executeThenClose { inbound, outbound in
            let (events, continuation) = AsyncStream.makeStream(of: Event.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await read(inbound, into: continuation) }
                try await body(SocketClient(events, outbound, clock))
                group.cancelAll()
            }
        }
    }

    private static func read(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, into events: AsyncStream<Event>.Continuation
    ) async {
        defer { events.finish() }
        do {
            for try await frame in inbound {
                var data = frame.unmaskedData
                let isClose = frame.opcode == .connectionClose
                events.yield(isClose ? .close(data.readInteger() ?? 0) : .text(String(buffer: data)))
            }
        } catch {
            return  // A reset is an end too.
        }
    }

    private static func setUp(_ channel: any NIOCore.Channel) -> EventLoopFuture<EventLoopFuture<Channel?>> {
        channel.eventLoop.makeCompletedFuture {
            let upgrader = NIOTypedWebSocketClientUpgrader<Channel?>(
                maxFrameSize: 1 << 23,
                upgradePipelineHandler: { channel, _ in
                    channel.eventLoop.makeCompletedFuture { try Channel(wrappingChannelSynchronously: channel) }
                })
            let head = HTTPRequestHead(
                version: .http1_1, method: .GET, uri: "/ws/2", headers: ["Host": "replay", "Content-Length": "0"])
            let configuration = NIOTypedHTTPClientUpgradeConfiguration<Channel?>(
                upgradeRequestHead: head, upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.close().map { nil }
                })
            var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
            // The server's first frame may come with its 101.
            pipeline.leftOverBytesStrategy = .forwardBytes
            return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
        }
    }

    func send(_ text: String) async throws { try await send(.text, ByteBuffer(string: text)) }

    func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer) async throws {
        try await outbound.write(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data))
    }

    func next() async -> Event {
        for await event in events { return event }
        return .end
    }

    /// The next text; empty where the connection has ended.
    func text() async -> String { if case .text(let text) = await next() { text } else { "" } }

    /// Subscribes to candles of BTCUSD, and gives the acknowledgement and the snapshot.
    @discardableResult func subscribe(_ key: String = "trade:1m:tBTCUSD") async throws -> [String] {
        try await send(#"{"event":"subscribe","channel":"candles","key":"\#(key)"}"#)
        return [await text(), await text()]
    }

    /// All texts that were sent before the server answers a ping, once it waits for the clock.
    func heard() async throws -> [String] {
        await clock.sleepers(atLeast: 1)
        try await send(#"{"event":"ping","cid":"fence"}"#)
        var texts: [String] = []
        while true {
            let text = await text()
            if text.isEmpty || text.contains(#""cid":"fence""#) { return texts }
            texts.append(text)
        }
    }

    /// Moves the clock, once the server waits for it, and gives what is then said.
    func after(_ duration: Duration) async throws -> [String] {
        await clock.sleepers(atLeast: 1)
        clock.advance(by: duration)
        return try await heard()
    }

    /// Moves the clock, for a server that no longer answers.
    func move(_ duration: Duration) async {
        await clock.sleepers(atLeast: 1)
        clock.advance(by: duration)
    }
}

extension Replay {
    /// Starts a replay whose market begins a hundred minutes after `HandWritten.start`, and connects to it.
    static func socket(
        _ source: any CandleSource = HandWritten(HandWritten.minutes(0..<300)), settings: ReplaySettings = .init(),
        _ body: @escaping @Sendable (SocketClient, Replay) async throws -> Void
    ) async throws {
        try await Replay.played(source, settings: settings) { replay, clock async throws in
            try await SocketClient.run(port: replay.port, clock) { client in
                _ = await client.text()
                try await body(client, replay)
            }
        }
    }

    /// Starts a replay whose market begins a hundred minutes after `HandWritten.start`.
    static func played(
        _ source: any CandleSource = HandWritten(HandWritten.minutes(0..<300)), settings: ReplaySettings = .init(),
        _ body: @escaping @Sendable (Replay, ManualClock) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        try await Replay.run(
            source, now: { playedFrom + clock.milliseconds }, sleep: { try await clock.sleep(for: $0) },
            settings: settings
        ) { replay async throws in try await body(replay, clock) }
    }

    static let playedFrom = HandWritten.start + 100 * 60_000

    /// The newest row of BTCUSD, so many seconds after `playedFrom`.
    static func row(
        _ seconds: Int64, _ timeframe: Timeframe = .minute1,
        of source: any CandleSource = HandWritten(HandWritten.minutes(0..<300))
    ) throws -> String {
        guard let rows = try ReplayMarket(source).visible(.btc(timeframe), at: playedFrom + seconds * 1000) else {
            return ""
        }
        return String(buffer: rows.row(at: rows.count - 1))
    }
}
