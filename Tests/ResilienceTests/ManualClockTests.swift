import TestSupport
import Testing

@Suite("ManualClock", .timeLimit(.minutes(1))) struct ManualClockTests {
    @Test func `an instant advanced by its distance to another is the other`() {
        let seconds: [Int] = [-90, 0, 1, 3600]
        for a in seconds.map({ ManualClock.Instant(offset: .seconds($0)) }) {
            for b in seconds.map({ ManualClock.Instant(offset: .seconds($0)) }) {
                #expect(a.advanced(by: a.duration(to: b)) == b)
                #expect((a < b) == (a.duration(to: b) > .zero))
            }
        }
    }

    @Test func `sleepers wake in order of their deadlines, and not before`() async throws {
        let clock = ManualClock()
        let (woken, continuation) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seconds in [3, 1, 2] {
                group.addTask {
                    try await clock.sleep(until: clock.now.advanced(by: .seconds(seconds)), tolerance: nil)
                    continuation.yield(seconds)
                }
            }
            await clock.sleepers(atLeast: 3)
            var iterator = woken.makeAsyncIterator()
            for expected in 1...3 {
                clock.advance(by: .seconds(1))
                #expect(await iterator.next() == expected)
            }
            try await group.waitForAll()
        }
        #expect(clock.milliseconds == 3000)
    }

    @Test func `a deadline that has passed does not sleep`() async throws {
        let clock = ManualClock(startingAt: .seconds(5))
        try await clock.sleep(until: .init(offset: .seconds(5)), tolerance: nil)
    }

    @Test func `a cancelled sleeper wakes with an error`() async {
        let clock = ManualClock()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await clock.sleep(until: .init(offset: .seconds(1)), tolerance: nil) }
            await clock.sleepers(atLeast: 1)
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
    }
}
