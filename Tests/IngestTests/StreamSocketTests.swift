import Candles
import Foundation
import Journal
import NIOConcurrencyHelpers
import Resilience
import Storage
import TestSupport
import Testing
import Transport

@testable import Ingest

/// What becomes of connections that end, are refused, or give candles.
@Suite("Stream socket", .timeLimit(.minutes(1))) struct StreamSocketTests {
    private let series: Series
    private let clock = ManualClock(startingAt: .seconds(1_700_000_000))
    private let folder: ScratchFolder
    private let events: AsyncStream<StreamEvent>
    private let emit: AsyncStream<StreamEvent>.Continuation

    init() throws {
        series = try Series("BTCUSD-1m")
        folder = try ScratchFolder()
        (events, emit) = AsyncStream.makeStream()
    }

    /// Runs a socket beside `body`, and ends it then.
    private func run(
        _ connector: ScriptedConnector, _ body: @escaping @Sendable (LiveBook<ManualClock>) async throws -> Void
    ) async throws {
        let now: @Sendable () -> UnixMilliseconds = { [clock] in clock.milliseconds }
        let journal = try Journal(folder: URL(filePath: folder.path("state")), now: now)
        let book = LiveBook(
            store: try SQLiteCandleStore(path: folder.path("candles.db")), clock: clock,
            emit: { [emit] in emit.yield($0) })
        let parts = StreamParts(
            url: try #require(URL(string: "wss://example.org/ws/2")), connector: connector,
            connections: SharedBudget(journal: journal, host: "ws", requestsPerMinute: 20, clock: clock), clock: clock,
            now: now, emit: { [emit] in emit.yield($0) })
        let socket = StreamSocket(
            number: 1, series: [series], parts: parts, book: book,
            settleQueue: NIOLockedValueBox(ReadQueue([series], requestsPerMinute: 20)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await socket.run() }
            group.addTask { try await body(book) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Answers the greeting and the subscription, so that channel 7 is live.
    private func greet(_ peer: ScriptedConnector.Peer) async {
        peer.say(#"{"event":"info","version":2,"platform":{"status":1}}"#)
        var sent = peer.sent.makeAsyncIterator()
        #expect(await sent.next() == #"{"event":"conf","flags":98304}"#)
        #expect(await sent.next() == #"{"event":"subscribe","channel":"candles","key":"\#(series.streamKey)"}"#)
        peer.say(#"{"event":"subscribed","channel":"candles","chanId":7,"key":"\#(series.streamKey)"}"#)
    }

    private func next(_ events: inout AsyncStream<StreamEvent>.Iterator) async throws -> StreamEvent {
        guard let event = await events.next(isolation: #isolation) else { throw CancellationError() }
        return event
    }

    @Test func `a channel is live from its subscription to the end of its connection`() async throws {
        let connector = ScriptedConnector()
        let (events, series, clock) = (events, series, clock)
        try await run(connector) { book in
            var events = events.makeAsyncIterator()
            var peers = connector.peers.makeAsyncIterator()
            let peer = try #require(await peer(&peers))
            await greet(peer)
            guard case .connected(1, 1) = try await next(&events) else { return fail("it is not connected") }
            guard case .live(series) = try await next(&events) else { return fail("the channel is not live") }
            #expect(await book.liveCount == 1)
            let minute = series.timeframe.floor(clock.milliseconds)
            peer.say("[7,[[\(minute),1,2,3,0.5,9],[\(minute - 60_000),1,1,1,1,4]],1]")
            peer.say("[7,[\(minute),1,2.5,3,0.5,10],2]")
            peer.end()
            guard case .lost(series, .connection) = try await next(&events) else { return fail("it is not lost") }
            guard case .disconnected(1, _, let wait) = try await next(&events) else { return fail("it goes on") }
            #expect(wait >= .seconds(1) && wait <= .seconds(5))
            #expect(await book.liveCount == 0)
        }
    }

    @Test func `after an end it waits, connects again, and asks for the channel anew`() async throws {
        let connector = ScriptedConnector()
        let (events, clock) = (events, clock)
        try await run(connector) { _ in
            var events = events.makeAsyncIterator()
            var peers = connector.peers.makeAsyncIterator()
            for round in 0..<3 {
                let peer = try #require(await peer(&peers))
                await greet(peer)
                guard case .connected = try await next(&events) else { return fail("round \(round)") }
                guard case .live = try await next(&events) else { return fail("round \(round)") }
                peer.end(round == 1 ? WebSocketFault.closed(where: "x", code: 1006, reason: "") : nil)
                guard case .lost = try await next(&events) else { return fail("round \(round)") }
                guard case .disconnected(_, _, let wait) = try await next(&events) else {
                    return fail("round \(round)")
                }
                // It was live: the wait does not grow.
                #expect(wait <= .seconds(5))
                await clock.sleepers(atLeast: 1)
                clock.advance(by: wait)
            }
        }
    }

    @Test func `failures in a row make the wait grow, up to a minute`() async throws {
        let refusal = WebSocketFault.unreachable(where: "x", reason: "refused")
        let connector = ScriptedConnector(refusals: Array(repeating: refusal, count: 9))
        let (events, clock) = (events, clock)
        try await run(connector) { _ in
            var events = events.makeAsyncIterator()
            for failures in 0..<9 {
                guard case .disconnected(_, _, let wait) = try await next(&events) else { return fail("\(failures)") }
                let ceiling = min(60, 5 * pow(1.6, Double(failures)))
                #expect(wait >= .seconds(0.2 * ceiling - 0.001) && wait <= .seconds(ceiling + 0.001))
                await clock.sleepers(atLeast: 1)
                clock.advance(by: wait)
            }
        }
    }

    @Test func `a word of too many requests keeps every connection of the host back`() async throws {
        let connector = ScriptedConnector()
        let (events, clock) = (events, clock)
        try await run(connector) { _ in
            var events = events.makeAsyncIterator()
            var peers = connector.peers.makeAsyncIterator()
            let peer = try #require(await peer(&peers))
            guard case .connected = try await next(&events) else { return fail("it is not connected") }
            peer.say(#"{"event":"error","code":11010,"msg":"ratelimit: error"}"#)
            guard case .disconnected(_, _, let wait) = try await next(&events) else { return fail("it goes on") }
            let start = clock.now
            await clock.sleepers(atLeast: 1)
            clock.advance(by: wait)
            // The budget waits for the end of the ban, at least 80 s × 1.2.
            var waited = wait
            let isOpen = NIOLockedValueBox(false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var peers = connector.peers.makeAsyncIterator()
                    _ = await peers.next()
                    isOpen.withLockedValue { $0 = true }
                }
                while !isOpen.withLockedValue({ $0 }) {
                    await clock.sleepers(atLeast: 1)
                    clock.advance(by: .seconds(1))
                    waited += .seconds(1)
                    try #require(waited < .seconds(600))
                }
                try await group.waitForAll()
            }
            #expect(start.duration(to: clock.now) >= .seconds(96))
        }
    }

    private func peer(_ peers: inout AsyncStream<ScriptedConnector.Peer?>.Iterator) async -> ScriptedConnector.Peer? {
        await peers.next(isolation: #isolation) ?? nil
    }

    private func fail(_ words: String) { Issue.record("\(words)") }
}
