import Foundation
import Journal
import NIOConcurrencyHelpers
import Resilience
import TestSupport
import Testing

@Suite("SharedBudget", .timeLimit(.minutes(2))) struct SharedBudgetTests {
    private let host: Host

    init() throws { host = try Host() }

    private func take(
        _ budget: SharedBudget<ManualClock>, _ priority: RequestPriority = .backfill,
        endpoint: String = "candles",
        patience: Duration = .zero
    ) async throws -> RequestPermit {
        try await budget.acquire(endpoint: endpoint, priority: priority, patience: patience)
    }

    @Test func `two processes share the slots of an endpoint`() async throws {
        let (one, two) = (try host.budget(limit: 2), try host.budget(limit: 2))
        let first = try await take(one)
        try await one.finish(first, .answered)
        _ = try await take(two)
        let fault = await #expect(throws: BudgetFault.self) { try await take(one) }
        #expect(fault == .outOfPatience(until: host.clock.milliseconds + 60_001))
        #expect(fault?.code == "budget-wait-too-long")
        _ = try await take(two, endpoint: "conf")
        host.clock.advance(by: .milliseconds(60_001))
        _ = try await take(two)
        await #expect(throws: BudgetFault.self) { try await take(one) }
        #expect(try await host.number("SELECT count(*) FROM waiters") == 0)
    }

    @Test func `a killed process' slot comes back a minute after its lease`() async throws {
        let budget = try host.budget(limit: 1)
        _ = try await take(budget)
        host.clock.advance(by: .milliseconds(94_999))
        let fault = await #expect(throws: BudgetFault.self) { try await take(budget) }
        #expect(fault == .outOfPatience(until: host.clock.milliseconds + 1))
        host.clock.advance(by: .milliseconds(1))
        _ = try await take(budget)
    }

    @Test func `a request that outlived its lease still counts from its end`() async throws {
        let budget = try host.budget(limit: 1)
        let slow = try await take(budget)
        host.clock.advance(by: .seconds(50))
        await #expect(throws: BudgetFault.self) { try await take(budget) }
        try await budget.finish(slow, .answered)
        host.clock.advance(by: .seconds(60))
        await #expect(throws: BudgetFault.self) { try await take(budget) }
        host.clock.advance(by: .milliseconds(1))
        _ = try await take(budget)
    }

    @Test func `realtime gets the slot that backfill has waited for longer`() async throws {
        let (one, two) = (try host.budget(limit: 1), try host.budget(limit: 1))
        try await one.finish(try await take(one), .answered)
        let (order, continuation) = AsyncStream.makeStream(of: RequestPriority.self)
        await withThrowingTaskGroup(of: Void.self) { group in
            for (waiting, (budget, priority)) in [(one, RequestPriority.backfill), (two, .realtime)]
                .enumerated()
            {
                group.addTask { [host] in
                    let permit = try await take(budget, priority, patience: .seconds(300))
                    continuation.yield(priority)
                    try await budget.finish(permit, .answered)
                    try await host.clock.sleep(until: .init(offset: .seconds(2_000_000_000)), tolerance: nil)
                }
                await host.clock.sleepers(atLeast: waiting + 1)
            }
            await host.pass(.seconds(130), sleepers: 2)
            var iterator = order.makeAsyncIterator()
            #expect(await iterator.next() == .realtime)
            #expect(await iterator.next() == .backfill)
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
    }

    @Test func `of those that wait, the series served longest ago goes first`() async throws {
        let budgets = try (0..<4).map { _ in try host.budget(limit: 1) }
        try await budgets[0].finish(try await take(budgets[0]), .answered)
        let (order, continuation) = AsyncStream.makeStream(of: Int64.self)
        await withThrowingTaskGroup(of: Void.self) { group in
            for (waiting, (budget, servedAt)) in zip(budgets, [3_000, 1_000, 4_000, 2_000] as [Int64]).enumerated() {
                group.addTask { [host] in
                    let permit = try await budget.acquire(
                        endpoint: "candles", priority: .realtime, servedAt: servedAt, patience: .seconds(600))
                    continuation.yield(servedAt)
                    try await budget.finish(permit, .answered)
                    try await host.clock.sleep(until: .init(offset: .seconds(2_000_000_000)), tolerance: nil)
                }
                await host.clock.sleepers(atLeast: waiting + 1)
            }
            await host.pass(.seconds(260), sleepers: 4)
            var iterator = order.makeAsyncIterator()
            for servedAt in [1_000, 2_000, 3_000, 4_000] as [Int64] { #expect(await iterator.next() == servedAt) }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
    }

    @Test func `a waiter that was killed holds the others up for five seconds at most`() async throws {
        let budget = try host.budget(limit: 2)
        let now = host.clock.milliseconds
        try await host.execute(
            "INSERT INTO waiters(host, endpoint, priority, seen_at) VALUES ('api.example', 'candles', 0, \(now))"
        )
        try await host.execute(
            "INSERT INTO waiters(host, endpoint, priority, seen_at) VALUES ('api.example', 'candles', 1, \(now))"
        )
        await #expect(throws: BudgetFault.self) { try await take(budget) }
        host.clock.advance(by: .milliseconds(5001))
        _ = try await take(budget)
        #expect(try await host.number("SELECT count(*) FROM waiters") == 0)
    }

    @Test func `cancelling the wait leaves no trace`() async throws {
        let budget = try host.budget(limit: 1)
        let first = try await take(budget)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await take(budget, .realtime, patience: .seconds(300)) }
            await host.clock.sleepers(atLeast: 1)
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
        #expect(try await host.number("SELECT count(*) FROM waiters") == 0)
        try await budget.finish(first, .answered)
        host.clock.advance(by: .milliseconds(60_001))
        _ = try await take(budget)
    }

    @Test func `a permit can be finished by a cancelled task`() async throws {
        let budget = try host.budget(limit: 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [host] in
                let permit = try await take(budget)
                try? await host.clock.sleep(until: .init(offset: .seconds(2_000_000_000)), tolerance: nil)
                try await budget.finish(permit, .failed)
            }
            await host.clock.sleepers(atLeast: 1)
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(try await host.number("SELECT count(*) FROM requests WHERE ended_at IS NULL") == 0)
    }

    @Test func `a clock that is set back frees the slots a minute later`() async throws {
        let budget = try host.budget(limit: 1)
        try await budget.finish(try await take(budget), .answered)
        try await host.execute(
            "UPDATE requests SET started_at = started_at + 3600000, ended_at = ended_at + 3600000")
        await #expect(throws: BudgetFault.self) { try await take(budget) }
        host.clock.advance(by: .seconds(60))
        _ = try await take(budget)
    }

    @Test func `without a limit nothing is kept`() async throws {
        let budget = try host.budget(limit: 0)
        for _ in 0..<100 { try await budget.finish(try await take(budget), .answered) }
        #expect(try await host.number("SELECT count(*) FROM requests") == 0)
    }

    /// A host that counts arrivals, and processes that come, are slow, and are killed.
    @Test func `no schedule of processes makes the host count more than its limit`() async throws {
        let limit = 7
        let tasks = 9
        let arrivals = NIOLockedValueBox<[Int64]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<tasks {
                let budget = try host.budget(limit: limit)
                group.addTask { [host] in
                    let priority = RequestPriority.allCases[index % 3]
                    while true {
                        let permit = try await take(budget, priority, patience: .seconds(86_400))
                        arrivals.withLockedValue { $0.append(host.clock.milliseconds) }
                        try await host.clock.sleep(
                            until: host.clock.now.advanced(by: .milliseconds(Int.random(in: 1...5000))),
                            tolerance: nil)
                        if Int.random(in: 0..<10) > 0 { try await budget.finish(permit, .answered) }
                    }
                }
            }
            await host.pass(.seconds(400), sleepers: tasks)
            await host.clock.sleepers(atLeast: tasks)
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
        let times = arrivals.withLockedValue { $0 }
        for (index, time) in times.enumerated() {
            #expect(times[...index].count { $0 > time - 60_000 } <= limit)
        }
        #expect(times.count > limit * 4)
    }
}
