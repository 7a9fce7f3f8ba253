import BitfinexReplay
import Candles
import Foundation
import Testing

@Suite("Control paths", .timeLimit(.minutes(1))) struct ControlTests {
    private static let source = HandWritten(HandWritten.minutes(0..<50))

    @Test func `statistics count requests, rows and bytes, and hold the log`() async throws {
        try await Replay.run(Self.source, now: { 1_800_000_000_123 }) { replay async throws in
            let page = try await replay.candles("limit=7")
            let last = try await replay.candles(section: "last")
            _ = try await replay.get("/v2/platform/status")
            let seen = try await replay.statistics()
            #expect(seen.requests == 3)
            #expect(seen.candleRequests == 2)
            #expect(seen.rows == 8)
            #expect(seen.bytes == page.text.utf8.count + last.text.utf8.count + 3)
            #expect(seen.maxInFlight == 1)
            let expected = ReplayStatistics.Entry(
                at: 1_800_000_000_123, method: "GET", path: "/v2/candles/trade:1m:tBTCUSD/hist", query: "limit=7",
                status: 200, rows: 7)
            #expect(seen.log.first == expected)
            #expect(try await replay.get("/__stats").text.contains(#""max_in_flight":1"#))
        }
    }

    @Test func `requests in flight are counted at their peak`() async throws {
        var settings = ReplaySettings()
        settings.latency = .seconds(5)
        let (arrivals, continuation) = AsyncStream.makeStream(of: Void.self)
        let gate = Gate()
        let sleep: @Sendable (Duration) async throws -> Void = { duration in
            #expect(duration == .seconds(5))
            continuation.yield()
            await gate.wait()
        }
        try await Replay.run(Self.source, sleep: sleep, settings: settings) { replay async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { _ = try await replay.candles() } }
                for await _ in arrivals.prefix(3) {}
                await gate.open()
                try await group.waitForAll()
            }
            #expect(replay.server.statistics.maxInFlight == 3)
        }
    }

    @Test func `a reset clears counts, faults and the block`() async throws {
        var settings = ReplaySettings()
        settings.rateLimit = 1
        try await Replay.run(Self.source, settings: settings) { replay async throws in
            replay.server.script(ScriptedFault(.garbage))
            for _ in 0..<3 { _ = try await replay.candles() }
            #expect(try await replay.post("/__reset").text == #"{"reset":true}"#)
            #expect(replay.server.statistics == ReplayStatistics())
            #expect(try await replay.candles("limit=2").rows.count == 2)
        }
    }

    @Test func `a fault befalls the requests that it names`() async throws {
        try await Replay.run(Self.source) { replay async throws in
            replay.server.script(ScriptedFault(.error(.generic), path: "limit=2", skip: 2, times: 2, every: 3))
            var statuses: [Int] = []
            for _ in 0..<14 {
                #expect(try await replay.candles("limit=1").status == 200)
                statuses.append(try await replay.candles("limit=2").status)
            }
            #expect(statuses.enumerated().filter { $0.element == 500 }.map(\.offset) == [4, 7])
        }
    }

    @Test func `several faults act together, and a list of them is taken`() async throws {
        try await Replay.run(Self.source) { replay async throws in
            let list = #"[{"fault":"page_limit","limit":6},{"fault":"drop_last","rows":1},{"fault":"drop_witness"}]"#
            #expect(try await replay.post("/__fault", list).text == #"{"scripted":3}"#)
            #expect(try await replay.candles("sort=1&start=\(HandWritten.start)").rows == HandWritten.minutes(1..<5))
        }
    }

    @Test(arguments: [
        (#"{"fault":"nonsense"}"#, "'nonsense' is not a fault"), (#"{"path":"x"}"#, "'fault' is missing"),
        (#"{"fault":"hang","every":0}"#, "every is 1 or more"),
        (#"{"fault":"page_limit","limit":-1}"#, "limit must be 0 or more"),
        (#"{"fault":"reply","status":99999,"body":""}"#, "status must be from 200 to 599"), ("not json", "."),
        ("", "."),
    ])
    func `a fault that cannot be understood is refused with a reason`(body: String, reason: String) async throws {
        try await Replay.run(Self.source) { replay async throws in
            let reply = try await replay.post("/__fault", body)
            #expect(reply.status == 400)
            #expect(reply.text.hasPrefix(#"{"error":""#))
            #expect(reply.text.contains(reason))
        }
    }

    @Test(arguments: [
        ScriptedFault(.error(.rateLimited, retryAfter: 63), path: "/candles/", skip: 1, times: 2, every: 3),
        ScriptedFault(.error(.cloudflareHTML)), ScriptedFault(.reply(status: 520, body: "x")), ScriptedFault(.garbage),
        ScriptedFault(.pageLimit(5_000)), ScriptedFault(.rows(.dropLast(100))), ScriptedFault(.rows(.dropNewest(2))),
        ScriptedFault(.rows(.outOfRange)), ScriptedFault(.delivery(.hang)),
        ScriptedFault(.delivery(.slowDrip(bytes: 10, pause: .milliseconds(3)))),
    ])
    func `a fault survives its JSON`(fault: ScriptedFault) throws {
        let json = try JSONEncoder().encode(fault)
        #expect(try JSONDecoder().decode(ScriptedFault.self, from: json) == fault)
    }

    /// Holds tasks until it is opened.
    private actor Gate {
        private var isOpen = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func wait() async { if !isOpen { await withCheckedContinuation { waiting.append($0) } } }
        func open() {
            isOpen = true
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
    }
}
