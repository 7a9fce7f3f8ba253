import Resilience
import TestSupport

/// Callers that share a budget, and a host with a sliding window, in pretended time.
struct BudgetSimulation {
    private struct Flight {
        let arrives: Int64
        let ends: Int64
    }

    let limit: Int
    private(set) var breaches = 0
    private(set) var sent = 0
    /// Grants to one while another of a higher priority could have had the slot.
    private(set) var overtaken = 0
    private let budget: RequestBudget
    private var generator: SeededGenerator
    private var now: Int64 = 0
    private var flights: [Flight] = []
    private var ended: [Int64] = []
    private var waiters: [RequestBudget.Waiter] = []
    private var arrivals: [Int64] = []
    private var pending: [Int64] = []
    private var lastUrgentAt: Int64?
    private var order: Int64 = 0

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        limit = Int.random(in: 1...60, using: &generator)
        budget = RequestBudget(requestsPerMinute: limit)
    }

    mutating func run(milliseconds: Int64) {
        while now < milliseconds {
            now += Int64.random(in: 1...400, using: &generator)
            land()
            if waiters.count < 12, Bool.random(using: &generator) { join() }
            if Int.random(in: 0..<20, using: &generator) == 0 { _ = waiters.popLast() }
            for waiter in waiters.shuffled(using: &generator) { ask(waiter) }
        }
    }

    /// Lets requests arrive at the host and replies at the callers.
    private mutating func land() {
        for time in pending.filter({ $0 <= now }).sorted() {
            arrivals.removeAll { $0 <= time - 60_000 }
            arrivals.append(time)
            if arrivals.count > limit { breaches += 1 }
        }
        pending.removeAll { $0 <= now }
        ended += flights.map(\.ends).filter { $0 <= now }
        flights.removeAll { $0.ends <= now }
        ended.removeAll { $0 <= now - 120_000 }
    }

    private mutating func join() {
        order += 1
        let priority = RequestPriority.allCases.randomElement(using: &generator) ?? .backfill
        waiters.append(RequestBudget.Waiter(priority: priority, order: order))
    }

    private mutating func ask(_ waiter: RequestBudget.Waiter) {
        let usage = RequestBudget.Usage(
            inFlight: flights.count, endedAt: ended, waiters: waiters, lastUrgentAt: lastUrgentAt)
        guard budget.decide(for: waiter, usage: usage, ban: nil, at: now) == .go else { return }
        let held = flights.count + ended.count { now < $0 + 60_000 }
        let better = waiters.count { $0.priority.rawValue < waiter.priority.rawValue }
        if held + better >= limit { overtaken += 1 }
        waiters.removeAll { $0 == waiter }
        if waiter.priority.isUrgent { lastUrgentAt = now }
        let arrives = now + Int64.random(in: 0...300, using: &generator)
        let slow = Int.random(in: 0..<30, using: &generator) == 0 ? Int64(20_000) : 0
        flights.append(
            Flight(arrives: arrives, ends: arrives + Int64.random(in: 1...500, using: &generator) + slow))
        pending.append(arrives)
        sent += 1
    }
}
