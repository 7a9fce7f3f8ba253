import Resilience
import TestSupport
import Testing

@Suite("Backoff") struct BackoffTests {
    private let backoff = Backoff(base: .seconds(1), cap: .seconds(10))

    @Test(
        "the longest wait doubles up to the cap",
        arguments: [(attempt: 1, ceiling: 1.0), (2, 2), (3, 4), (4, 8), (5, 10), (1000, 10)])
    func ceilings(attempt: Int, ceiling: Double) {
        var generator = SeededGenerator(seed: 1)
        let waits = (0..<2000).map { _ in
            backoff.delay(attempt: attempt, floor: nil, using: &generator) / .seconds(1)
        }
        #expect(waits.allSatisfy { (0...ceiling).contains($0) })
        #expect(waits.max() ?? 0 > ceiling * 0.95)
        #expect(waits.min() ?? ceiling < ceiling * 0.05)
    }

    @Test func `nobody comes back before Retry-After, and not all at once`() {
        var generator = SeededGenerator(seed: 2)
        let waits = (0..<100).map { _ in
            backoff.delay(attempt: 1, floor: .seconds(30), using: &generator) / .seconds(1)
        }
        #expect(waits.allSatisfy { (30...31).contains($0) })
        #expect(Set(waits).count > 90)
    }

    @Test func `a negative Retry-After is none`() {
        var generator = SeededGenerator(seed: 3)
        #expect(backoff.delay(attempt: 1, floor: .seconds(-5), using: &generator) >= .zero)
    }
}
