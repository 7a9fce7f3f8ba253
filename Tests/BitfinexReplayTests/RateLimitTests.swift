import BitfinexReplay
import Candles
import NIOConcurrencyHelpers
import Testing

@Suite("Rate limit", .timeLimit(.minutes(1))) struct RateLimitTests {
    private static let now: UnixMilliseconds = 1_800_000_000_000

    @Test func `the window slides by arrival`() {
        var window = RateWindow()
        let arrivals: [Int64] = [0, 20_000, 40_000, 60_000, 80_000, 100_000]
        for at in arrivals {
            #expect(window.arrive(at: Self.now + at, limit: 3, block: .seconds(60)) == .admitted)
        }
        #expect(window.arrive(at: Self.now + 100_001, limit: 3, block: .seconds(60)) == .breach)
    }

    @Test func `a block ends by itself, and requests during it do not prolong it`() {
        var window = RateWindow()
        let block = Duration.seconds(10)
        #expect(window.arrive(at: Self.now, limit: 1, block: block) == .admitted)
        #expect(window.arrive(at: Self.now + 1, limit: 1, block: block) == .breach)
        for at in [2, 5_000, 10_000] as [Int64] {
            #expect(window.arrive(at: Self.now + at, limit: nil, block: block) == .banned(until: Self.now + 10_001))
        }
        #expect(window.arrive(at: Self.now + 10_001, limit: 1, block: block) == .admitted)
    }

    @Test func `a breach blocks every path, and both are counted apart`() async throws {
        let clock = NIOLockedValueBox(Self.now)
        var settings = ReplaySettings()
        settings.rateLimit = 2
        settings.sendsRetryAfter = true
        try await Replay.run(
            HandWritten(HandWritten.minutes(0..<3)), now: { clock.withLockedValue { $0 } }, settings: settings
        ) { replay async throws in
            for _ in 0..<2 { #expect(try await replay.candles().status == 200) }
            let breach = try await replay.candles()
            #expect(breach.status == 429)
            #expect(breach.text == #"["error",11010,"ratelimit: error"]"#)
            #expect(breach.headers["retry-after"] == "60")
            clock.withLockedValue { $0 += 30_500 }
            let during = try await replay.get("/v2/platform/status")
            #expect(during.status == 429)
            #expect(during.headers["retry-after"] == "30")
            let seen = try await replay.statistics()
            #expect([seen.requests, seen.candleRequests, seen.rateLimited, seen.duringBan] == [4, 3, 1, 1])
            #expect(seen.log.map(\.status) == [200, 200, 429, 429])
            clock.withLockedValue { $0 += 30_000 }
            #expect(try await replay.candles().status == 200)
        }
    }

    @Test func `other paths do not use up the candles' limit`() async throws {
        var settings = ReplaySettings()
        settings.rateLimit = 1
        try await Replay.run(HandWritten(HandWritten.minutes(0..<3)), settings: settings) { replay async throws in
            for _ in 0..<5 { #expect(try await replay.get("/v2/platform/status").status == 200) }
            #expect(try await replay.candles().status == 200)
            let breach = try await replay.candles()
            #expect(breach.status == 429)
            #expect(breach.headers["retry-after"] == nil)
        }
    }
}
