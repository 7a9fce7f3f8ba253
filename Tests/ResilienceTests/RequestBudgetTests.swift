import Resilience
import TestSupport
import Testing

@Suite("RequestBudget") struct RequestBudgetTests {
    typealias Usage = RequestBudget.Usage
    typealias Waiter = RequestBudget.Waiter

    private let budget = RequestBudget(requestsPerMinute: 20)
    private let now: Int64 = 1_000_000

    private func decide(_ priority: RequestPriority, _ usage: Usage, order: Int64 = .max)
        -> RequestBudget.Decision
    {
        budget.decide(for: Waiter(priority: priority, order: order), usage: usage, ban: nil, at: now)
    }

    @Test(arguments: [(limit: 0, reserve: 0), (1, 0), (2, 1), (6, 1), (7, 1), (20, 3), (600, 90)])
    func `three of twenty slots are held back, and at least one where there are two`(
        limit: Int, reserve: Int
    ) {
        #expect(RequestBudget(requestsPerMinute: limit).reserve == reserve)
    }

    @Test(
        "a slot is free 60 s after its reply ended",
        arguments: [(ago: Int64(0), due: Int64?(60_000)), (59_999, 1), (60_000, nil), (90_000, nil)])
    func release(ago: Int64, due: Int64?) {
        let usage = Usage(inFlight: 19, endedAt: [now - ago])
        let expected = due.map { RequestBudget.Decision.wait(until: now + $0, because: .window) }
        #expect(decide(.backfill, usage) == expected ?? .go)
    }

    @Test func `what is in flight holds its slot for at least a minute more`() {
        #expect(decide(.realtime, Usage(inFlight: 19)) == .go)
        #expect(decide(.realtime, Usage(inFlight: 20)) == .wait(until: now + 60_000, because: .window))
    }

    @Test func `the reserve binds backfill alone, and only for five minutes after an urgent request`() {
        let recent = Usage(inFlight: 17, lastUrgentAt: now - 299_999)
        #expect(decide(.backfill, recent) == .wait(until: now + 1, because: .window))
        #expect(decide(.realtime, recent) == .go)
        #expect(decide(.repair, recent) == .go)
        #expect(decide(.backfill, Usage(inFlight: 16, lastUrgentAt: now)) == .go)
        #expect(decide(.backfill, Usage(inFlight: 17, lastUrgentAt: now - 300_000)) == .go)
        #expect(decide(.backfill, Usage(inFlight: 19)) == .go)
    }

    @Test(
        "those ahead get the free slots first",
        arguments: [
            (RequestPriority.backfill, Int64(7), true), (.backfill, 3, false), (.repair, 9, false),
            (.realtime, 9, false),
        ])
    func queue(priority: RequestPriority, order: Int64, waits: Bool) {
        let ahead = [Waiter(priority: .backfill, order: 5), Waiter(priority: .backfill, order: 8)]
        let decision = decide(priority, Usage(inFlight: 19, waiters: ahead), order: order)
        #expect((decision == .go) == !waits)
    }

    @Test func `the wait counts those ahead`() {
        let usage = Usage(
            inFlight: 17, endedAt: [now - 50_000, now - 40_000, now - 30_000],
            waiters: [Waiter(priority: .realtime, order: 9), Waiter(priority: .backfill, order: 2)])
        #expect(decide(.backfill, usage, order: 4) == .wait(until: now + 30_000, because: .window))
        #expect(decide(.backfill, usage, order: 1) == .wait(until: now + 20_000, because: .window))
        #expect(decide(.realtime, usage, order: 1) == .wait(until: now + 10_000, because: .window))
    }

    @Test func `without a limit only a ban stops`() {
        let free = RequestBudget(requestsPerMinute: 0)
        let caller = Waiter(priority: .backfill, order: .max)
        #expect(free.decide(for: caller, usage: Usage(inFlight: 500), ban: nil, at: now) == .go)
        let ban = RequestBan(setAt: now, until: now + 5, wait: 5)
        #expect(
            free.decide(for: caller, usage: Usage(), ban: ban, at: now)
                == .wait(until: now + 5, because: .banned))
    }

    /// A host that counts arrivals within any 60 s, and callers who come, wait, fail and die as they like.
    @Test(arguments: 0..<8)
    func `no schedule makes the host count more than its limit`(round: Int) {
        let seed = UInt64.random(in: 0 ... .max)
        var simulation = BudgetSimulation(seed: seed)
        simulation.run(milliseconds: 300_000)
        #expect(simulation.breaches == 0, "seed \(seed), limit \(simulation.limit)")
        #expect(simulation.sent >= simulation.limit * 3, "seed \(seed): the budget is hardly used")
        #expect(simulation.overtaken == 0, "seed \(seed): a lower priority went first")
    }
}
