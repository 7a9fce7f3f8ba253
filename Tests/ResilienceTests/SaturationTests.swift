import Foundation
import Resilience
import TestSupport
import Testing

/// Numbers that came from outside are added, taken away and multiplied without an end of the process.
@Suite("Saturation", .timeLimit(.minutes(10))) struct SaturationTests {
    @Test func `where a result fits it is exact, and where it does not it is the nearest that does`() {
        Hostile.cases { hostile in
            let (a, b) = (hostile.integer(), hostile.integer())
            let exact = (Int128(a) + Int128(b), Int128(a) - Int128(b), Int128(a) * Int128(b))
            #expect(a.plus(b) == Int64(clamping: exact.0))
            #expect(a.minus(b) == Int64(clamping: exact.1))
            #expect(a.times(b) == Int64(clamping: exact.2))
            #expect(a.bounded == Int64(clamping: min(max(Int128(a), -(1 << 53)), 1 << 53)))
            // What is bounded can be added to another, and multiplied by a thousand.
            #expect(Int128(a.bounded) * 1000 == Int128(a.bounded.times(1000)))
        }
    }

    @Test(
        arguments: [
            (0.0, 0), (-0.0, 0), (1.9, 1), (-1.9, -1), (.nan, 0), (.infinity, .max), (-.infinity, .min), (9.3e18, .max),
            (-9.3e18, .min), (9.2e18, 9_200_000_000_000_000_000), (1e308, .max), (.leastNonzeroMagnitude, 0),
        ] as [(Double, Int64)])
    func `a double is cut to the nearest integer there is`(value: Double, expected: Int64) {
        #expect(Int64(nearest: value) == expected)
    }

    /// A breaker as a journal may hold it: every number of its JSON at an end.
    @Test func `a breaker of any numbers ends no process`() throws {
        var state = CircuitBreakerState()
        for time in Int64(0)..<7 {
            guard case .admitted(let permit) = state.admit(at: time, settings: .standard).admission else { continue }
            _ = state.record(permit, succeeded: false, at: time, settings: .standard)
        }
        let text = String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
        var read = 0
        Hostile.cases { hostile in
            let bytes = hostile.mutated(text)
            guard var odd = try? JSONDecoder().decode(CircuitBreakerState.self, from: Data(bytes)) else { return }
            read += 1
            for _ in 0..<3 {
                let now = hostile.integer()
                _ = odd.shown(at: now)
                switch odd.admit(at: now, settings: .standard).admission {
                case .admitted(let permit):
                    _ = odd.record(permit, succeeded: false, at: hostile.integer(), settings: .standard)
                case .rejected(let wait): _ = wait.map { "\($0)" }
                }
                _ = odd.metrics.calls
            }
        }
        #expect(read > 100)
    }
}
