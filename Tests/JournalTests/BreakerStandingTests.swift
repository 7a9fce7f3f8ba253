import Candles
import Journal
import Resilience
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct BreakerStandingTests {
    private let host: Host

    init() throws { host = try Host() }

    private func standing() async throws -> BreakerStatus {
        let clock = host.clock.milliseconds
        let snapshot = try await host.journal().breakers(boot: "this boot", monotonicNow: clock)
        return try #require(snapshot.first?.standing(now: clock, monotonicNow: clock))
    }

    private func fail(_ breaker: SharedCircuitBreaker, _ count: Int) async throws {
        for _ in 0..<count { try await breaker.record(try await breaker.admit(), succeeded: false) }
    }

    @Test func `a closed one has no reason, and no time`() async throws {
        let breaker = try host.breaker()
        try await fail(breaker, 3)
        let standing = try await standing()
        #expect(standing.phase == .closed && standing.failures == 3 && standing.refused == 0)
        #expect(standing.since == nil && standing.reason == nil && standing.retryAt == nil)
    }

    @Test func `an open one says why, since when, and when it tries again`() async throws {
        let breaker = try host.breaker()
        try await fail(breaker, 5)
        let opened = host.clock.milliseconds
        host.clock.advance(by: .seconds(10))
        await #expect(throws: CircuitOpen.self) { try await breaker.admit() }
        let open = try await standing()
        #expect(open.phase == .open && open.since == opened && open.retryAt == opened + 30_000)
        #expect(open.reason == "5 calls in a row failed")
        #expect(open.failures == 5 && open.refused == 1)
        host.clock.advance(by: .seconds(21))
        let half = try await standing()
        #expect(half.phase == .halfOpen && half.since == opened + 30_000 && half.retryAt == nil)
        #expect(half.reason == open.reason)
    }

    @Test func `one that a person holds or has reset says since when`() async throws {
        let breaker = try host.breaker()
        try await breaker.forceOpen()
        let forced = try await standing()
        #expect(forced.phase == .forcedOpen && forced.since == host.clock.milliseconds && forced.retryAt == nil)
        host.clock.advance(by: .seconds(60))
        try await breaker.reset()
        let closed = try await standing()
        #expect(closed.phase == .closed && closed.since == host.clock.milliseconds && closed.reason == nil)
    }
}
