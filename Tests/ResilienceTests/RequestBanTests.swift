import Resilience
import TestSupport
import Testing

@Suite("RequestBan") struct RequestBanTests {
    private let now: Int64 = 1_000_000

    private func waits(
        previous: RequestBan? = nil, startedAt: Int64 = 999_000, retryAfter: Duration?
    ) -> [Int64] {
        var generator = SeededGenerator(seed: 7)
        return (0..<1000).map { _ in
            RequestBan.refused(
                previous: previous, startedAt: startedAt, retryAfter: retryAfter, at: now, using: &generator
            ).until - now
        }
    }

    @Test(
        "the first wait",
        arguments: [
            (Duration?.none, Int64(96_000)...120_000), (.seconds(60), 96_000...120_000),
            (.seconds(600), 600_000...750_000), (.seconds(-3), 96_000...120_000), (.zero, 96_000...120_000),
            (.milliseconds(1), 96_000...120_000),
        ])
    func first(retryAfter: Duration?, range: ClosedRange<Int64>) {
        let waits = waits(retryAfter: retryAfter)
        #expect(waits.allSatisfy { range.contains($0) })
        #expect(waits.min() ?? 0 <= range.lowerBound + 1000)
        #expect(waits.max() ?? 0 >= range.upperBound - 1000)
    }

    @Test(
        "a refused probe makes it longer, up to five minutes but never below Retry-After",
        arguments: [
            (Int64(100_000), Duration?.none, Int64(120_000)...150_000), (240_000, nil, 288_000...300_000),
            (300_000, nil, 300_000...300_000), (100_000, .seconds(20), 120_000...150_000),
            (100_000, .seconds(900), 900_000...1_125_000),
        ])
    func grows(wait: Int64, retryAfter: Duration?, range: ClosedRange<Int64>) {
        let ban = RequestBan(
            setAt: now - wait - 1, until: now - 1, wait: wait, probe: 3, probeUntil: now + 50)
        #expect(
            waits(previous: ban, startedAt: now - 1, retryAfter: retryAfter).allSatisfy {
                range.contains($0)
            })
    }

    @Test(arguments: [Duration?.none, .zero, .seconds(1), .seconds(79), .seconds(-1), .seconds(3_600)])
    func `a host that refuses again and again is asked at growing distances, whatever it asks for`(asked: Duration?) {
        var generator = SeededGenerator(seed: 11)
        var ban: RequestBan?
        var time = now
        var waits: [Int64] = []
        for round in 0..<8 {
            // What is asked for once does not make the next wait shorter than our own.
            let retryAfter = round == 0 ? asked : asked.map { min($0, .seconds(1)) }
            ban = .refused(previous: ban, startedAt: time, retryAfter: retryAfter, at: time + 1, using: &generator)
            waits.append((ban?.until ?? 0) - time - 1)
            time = ban?.until ?? 0
        }
        #expect(waits.allSatisfy { $0 >= RequestBan.firstWait }, "\(waits)")
        let ours = waits.map { min($0, RequestBan.longestWait) }
        #expect(zip(ours, ours.dropFirst()).allSatisfy { $0 < $1 || $1 == RequestBan.longestWait }, "\(waits)")
    }

    @Test func `a short wait that an earlier version noted grows from our own first one`() {
        let ban = RequestBan(setAt: now - 1_000, until: now - 1, wait: 1_000, probe: 3)
        #expect(waits(previous: ban, startedAt: now - 1, retryAfter: .seconds(1)).allSatisfy { $0 >= 96_000 })
    }

    @Test func `requests that were in flight when it began do not make it grow`() {
        let ban = RequestBan(setAt: now - 500, until: now + 99_500, wait: 100_000)
        #expect(
            waits(previous: ban, startedAt: now - 600, retryAfter: nil).allSatisfy { $0 == 100_000 })
    }

    @Test func `an absurd Retry-After is cut`() {
        #expect(waits(retryAfter: .seconds(Int64.max / 2)).allSatisfy { $0 <= 108_000_000 })
    }

    @Test func `after the ban one probe goes, and the others wait for it until it is given up`() {
        let budget = RequestBudget(requestsPerMinute: 20)
        let caller = RequestBudget.Waiter(priority: .backfill, order: 1)
        var ban = RequestBan(setAt: now, until: now + 100, wait: 100)
        func decide(at time: Int64) -> RequestBudget.Decision {
            budget.decide(for: caller, usage: .init(), ban: ban, at: time)
        }
        #expect(decide(at: now + 99) == .wait(until: now + 100, because: .banned))
        #expect(decide(at: now + 100) == .probe)
        ban.startProbe(at: now + 100)
        #expect(ban.probe == 1)
        #expect(decide(at: now + 101) == .wait(until: now + 90_100, because: .probing))
        #expect(decide(at: now + 90_100) == .probe)
    }

    @Test func `a clock that is set back does not prolong it`() {
        var ban = RequestBan(setAt: now, until: now + 100_000, wait: 100_000, probeUntil: now + 110_000)
        ban.follow(clockSetBackTo: now - 3_600_000)
        #expect(ban.until == now - 3_500_000)
        #expect(ban.probeUntil == now - 3_490_000)
        let kept = ban
        ban.follow(clockSetBackTo: now)
        #expect(ban == kept)
    }
}
