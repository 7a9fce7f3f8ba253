import Resilience
import TestSupport
import Testing

private struct Trouble: Fault, Equatable {
    var disposition = Disposition.retryable(after: nil)
    var attempt = 0
    var code: String { "trouble" }
    var kind: FaultKind { .unavailable }
    var summary: String { "attempt \(attempt)" }
}

private struct Stranger: Error {}

@Suite("RetryPolicy", .timeLimit(.minutes(1))) struct RetryPolicyTests {
    private let clock = ManualClock()
    private let policy = RetryPolicy(
        attempts: 3, backoff: Backoff(base: .seconds(1), cap: .seconds(10)))

    /// Runs `operation` under the policy, moving the clock whenever it sleeps.
    private func attempts(
        expectedSleeps: Int, _ operation: @escaping @Sendable (Int) async throws -> Void
    ) async -> (count: Int, error: (any Error)?) {
        await withTaskGroup(of: (Int, (any Error)?).self) { group in
            group.addTask { [clock, policy] in
                var count = 0
                do {
                    try await policy.run(clock: clock) { attempt in
                        count = attempt
                        try await operation(attempt)
                    }
                    return (count, nil)
                } catch {
                    return (count, error)
                }
            }
            for _ in 0..<expectedSleeps {
                await clock.sleepers(atLeast: 1)
                clock.advance(by: .seconds(60))
            }
            return await group.next() ?? (0, nil)
        }
    }

    @Test func `it tries again until it succeeds`() async {
        let result = await attempts(expectedSleeps: 1) { if $0 < 2 { throw Trouble(attempt: $0) } }
        #expect(result.count == 2)
        #expect(result.error == nil)
    }

    @Test func `the last error is thrown`() async {
        let result = await attempts(expectedSleeps: 2) { throw Trouble(attempt: $0) }
        #expect(result.error as? Trouble == Trouble(attempt: 3))
    }

    @Test(arguments: [Disposition.permanent, .healable, .retryable(after: .seconds(301))])
    func `what trying again cannot help is thrown at once`(_ disposition: Disposition) async {
        let result = await attempts(expectedSleeps: 0) {
            throw Trouble(disposition: disposition, attempt: $0)
        }
        #expect(result.count == 1)
        #expect(result.error as? Trouble == Trouble(disposition: disposition, attempt: 1))
    }

    @Test func `a foreign error and a cancellation are not retried`() async {
        let foreign = await attempts(expectedSleeps: 0) { _ in throw Stranger() }
        #expect(foreign.count == 1)
        let cancelled = await attempts(expectedSleeps: 0) { _ in throw CancellationError() }
        #expect(cancelled.count == 1)
        #expect(cancelled.error is CancellationError)
    }

    @Test func `cancelling the wait ends it`() async throws {
        await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask { [clock, policy] in
                do {
                    try await policy.run(clock: clock) { throw Trouble(attempt: $0) }
                    return nil
                } catch {
                    return error
                }
            }
            await clock.sleepers(atLeast: 1)
            group.cancelAll()
            let error = await group.next() ?? nil
            #expect(error is CancellationError)
        }
    }

    @Test func `each retry is told, with a wait no shorter than Retry-After`() async {
        await withTaskGroup(of: [Duration].self) { group in
            group.addTask { [clock, policy] in
                var waits: [Duration] = []
                // The error is the point of other tests.
                try? await policy.run(clock: clock, onRetry: { waits.append($2) }) { attempt in
                    throw Trouble(disposition: .retryable(after: .seconds(20)), attempt: attempt)
                }
                return waits
            }
            for _ in 0..<2 {
                await clock.sleepers(atLeast: 1)
                clock.advance(by: .seconds(60))
            }
            let waits = await group.next() ?? []
            #expect(waits.count == 2)
            #expect(waits.allSatisfy { (.seconds(20) ... .seconds(30)).contains($0) })
        }
    }
}
