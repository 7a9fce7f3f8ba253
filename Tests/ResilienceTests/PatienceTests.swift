import Resilience
import TestSupport
import Testing

private struct Away: Fault {
    var wait: Duration?
    var code: String { "away" }
    var kind: FaultKind { .unavailable }
    var summary: String { "it is away" }
    var disposition: Disposition { .retryable(after: wait) }
}

@Suite struct PatienceTests {
    @Test func `the distances grow to a minute, and the last question comes when the patience ends`() {
        var generator = SeededGenerator(seed: 3)
        for limit in [Duration.seconds(1), .seconds(120), .seconds(1800), .seconds(86_400)] {
            let patience = Patience(limit: limit)
            var waited = Duration.zero
            var pauses: [Duration] = []
            while let pause = patience.pause(before: pauses.count + 1, waited: waited, using: &generator) {
                pauses.append(pause)
                waited += pause
            }
            #expect(waited == limit)
            #expect(pauses.allSatisfy { $0 > .zero && $0 <= .seconds(60) })
            #expect(pauses.first.map { $0 <= .seconds(2) } ?? false)
            #expect(zip(pauses, pauses.dropFirst()).dropLast().allSatisfy { $1 > $0 || $1 >= .seconds(48) })
        }
        #expect(Patience(limit: .zero).pause(before: 1, waited: .zero, using: &generator) == nil)
    }

    @Test func `what is asked for is the shortest pause, and not waited for where it is too long`() {
        var generator = SeededGenerator(seed: 4)
        let patience = Patience(limit: .seconds(100))
        #expect(patience.pause(before: 1, waited: .zero, floor: .seconds(70), using: &generator) == .seconds(70))
        #expect(patience.pause(before: 1, waited: .seconds(31), floor: .seconds(70), using: &generator) == nil)
    }

    @Test(arguments: [Duration.zero, .seconds(120), .seconds(1800)])
    func `a policy with patience goes on for so long, and no longer`(limit: Duration) async throws {
        let clock = LeapingClock()
        let policy = RetryPolicy(
            attempts: 3, backoff: Backoff(base: .milliseconds(250), cap: .seconds(4)), patience: Patience(limit: limit))
        await #expect(throws: Away.self) { try await policy.run(clock: clock) { _ in throw Away() } }
        let took = ManualClock.Instant(offset: .zero).duration(to: clock.now)
        #expect(took >= limit)
        #expect(took <= limit + .seconds(1))
        // An hour at the shortest distance would be a storm of questions.
        #expect(clock.slept.count < 60)
        let back = LeapingClock()
        let answer = try? await policy.run(clock: back) { attempt in
            if back.now.offset < limit { throw Away() }
            return attempt
        }
        #expect(answer != nil)
    }
}
