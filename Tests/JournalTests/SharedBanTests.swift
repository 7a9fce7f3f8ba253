import Foundation
import Journal
import Resilience
import TestSupport
import Testing

@Suite("A ban of the host", .timeLimit(.minutes(1))) struct SharedBanTests {
    private let host: Host

    init() throws { host = try Host() }

    private func take(
        _ budget: SharedBudget<ManualClock>, endpoint: String = "candles", patience: Duration = .zero
    ) async throws -> RequestPermit {
        try await budget.acquire(endpoint: endpoint, priority: .backfill, patience: patience)
    }

    /// Has the host refuse a request of `budget`.
    private func ban(_ budget: SharedBudget<ManualClock>, retryAfter: Duration? = .seconds(100))
        async throws
    {
        try await budget.finish(try await take(budget), .rateLimited(retryAfter: retryAfter))
    }

    private func bannedFor(_ budget: SharedBudget<ManualClock>) async throws -> Int64 {
        let fault = await #expect(throws: BudgetFault.self) { try await take(budget) }
        guard case .banned(let until) = fault else { return 0 }
        return until - host.clock.milliseconds
    }

    @Test(arguments: [0, 20]) func `all processes and endpoints stop`(limit: Int) async throws {
        let (one, two) = (try host.budget(limit: limit), try host.budget(limit: limit))
        try await ban(one)
        for budget in [one, two] {
            let fault = await #expect(throws: BudgetFault.self) {
                try await take(budget, endpoint: "conf")
            }
            #expect(fault?.code == "bitfinex-banned")
        }
        #expect((100_000...125_000).contains(try await bannedFor(two)))
        _ = try await take(host.budget(limit: limit, host: "other.example"))
    }

    @Test func `it outlives the process that saw it`() async throws {
        try await ban(host.budget(limit: 20), retryAfter: nil)
        #expect((96_000...120_000).contains(try await bannedFor(host.budget(limit: 20))))
    }

    @Test(arguments: [0, 20]) func `one probe goes, and its answer lets all go`(limit: Int)
        async throws
    {
        let (one, two) = (try host.budget(limit: limit), try host.budget(limit: limit))
        try await ban(one)
        host.clock.advance(by: .seconds(125))
        let probe = try await take(one)
        #expect(probe.isProbe)
        _ = try await bannedFor(two)
        try await one.finish(probe, .answered)
        #expect(try await !take(two).isProbe)
        #expect(try await host.number("SELECT count(*) FROM bans") == 0)
    }

    @Test func `a probe that was refused makes it longer`() async throws {
        let (one, two) = (try host.budget(limit: 20), try host.budget(limit: 20))
        try await ban(one)
        host.clock.advance(by: .seconds(125))
        try await ban(one, retryAfter: nil)
        #expect((120_000...187_500).contains(try await bannedFor(two)))
    }

    @Test func `a probe without a reply leaves its place to the next`() async throws {
        let (one, two) = (try host.budget(limit: 20), try host.budget(limit: 20))
        try await ban(one)
        host.clock.advance(by: .seconds(125))
        try await one.finish(try await take(one), .failed)
        #expect(try await take(two).isProbe)
    }

    @Test func `a killed probe is given up, and its late answer ends nothing`() async throws {
        let (one, two) = (try host.budget(limit: 20), try host.budget(limit: 20))
        try await ban(one)
        host.clock.advance(by: .seconds(125))
        let lost = try await take(one)
        host.clock.advance(by: .milliseconds(89_999))
        #expect(try await bannedFor(two) == 1)
        host.clock.advance(by: .milliseconds(1))
        #expect(try await take(two).isProbe)
        try await one.finish(lost, .answered)
        #expect(try await host.number("SELECT count(*) FROM bans") == 1)
    }

    @Test func `an answer to an earlier request does not end it`() async throws {
        let (one, two) = (try host.budget(limit: 20), try host.budget(limit: 20))
        let early = try await take(two)
        try await ban(one)
        try await two.finish(early, .answered)
        #expect(try await bannedFor(one) > 0)
    }

    @Test func `those who have patience wait it out, one of them as the probe`() async throws {
        let budgets = try (0..<3).map { _ in try host.budget(limit: 20) }
        try await ban(budgets[0])
        let (permits, continuation) = AsyncStream.makeStream(of: Bool.self)
        await withThrowingTaskGroup(of: Void.self) { group in
            for budget in budgets {
                group.addTask { [host] in
                    let permit = try await take(budget, patience: .seconds(300))
                    continuation.yield(permit.isProbe)
                    try await host.clock.sleep(
                        until: host.clock.now.advanced(by: .seconds(3)), tolerance: nil)
                    try await budget.finish(permit, .answered)
                    try await host.clock.sleep(until: .init(offset: .seconds(2_000_000_000)), tolerance: nil)
                }
            }
            await host.pass(.seconds(140), sleepers: 3)
            var iterator = permits.makeAsyncIterator()
            #expect(await iterator.next() == true)
            #expect(await iterator.next() == false)
            #expect(await iterator.next() == false)
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
    }
}
