import TestSupport
import Testing

@testable import Resilience

@Suite("Deadline", .timeLimit(.minutes(1))) struct DeadlineTests {
    private struct Late: Error {}
    private struct Broken: Error {}

    /// What happened, in order.
    private actor Trace {
        private(set) var steps: [String] = []
        func add(_ step: String) { steps.append(step) }
    }

    @Test func `work that ends in time gives its result, also where that is nil`() async throws {
        let clock = ManualClock()
        #expect(try await withDeadline(.seconds(1), of: clock, orThrow: Late()) { 7 } == 7)
        let nothing: Int? = try await withDeadline(.seconds(1), of: clock, orThrow: Late()) { nil }
        #expect(nothing == nil)
    }

    @Test func `an error of the work comes out as it is`() async {
        await #expect(throws: Broken.self) {
            try await withDeadline(.seconds(1), of: ManualClock(), orThrow: Late()) { throw Broken() }
        }
    }

    @Test func `late work is told of, then cancelled, and awaited to its end`() async {
        let clock = ManualClock()
        let trace = Trace()
        async let run: Void = withDeadline(
            .seconds(30), of: clock, orThrow: Late(), atExpiry: { await trace.add("expired") }
        ) {
            do {
                try await clock.sleep(for: .seconds(1000))
            } catch {
                await trace.add("cancelled")
            }
        }
        await clock.sleepers(atLeast: 2)
        clock.advance(by: .seconds(30))
        do {
            try await run
            Issue.record("late work counted as done in time")
        } catch {
            #expect(error is Late)
        }
        await #expect(trace.steps == ["expired", "cancelled"])
    }

    @Test func `where the caller is cancelled, the error is CancellationError, whatever the work says`() async {
        let clock = ManualClock()
        let trace = Trace()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await withDeadline(
                    .seconds(30), of: clock, orThrow: Late(), atExpiry: { await trace.add("expired") }
                ) {
                    do {
                        try await clock.sleep(for: .seconds(1000))
                    } catch {
                        throw Broken()
                    }
                }
            }
            await clock.sleepers(atLeast: 2)
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        await #expect(trace.steps.isEmpty)
    }
}
