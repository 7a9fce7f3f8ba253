import NIOConcurrencyHelpers

/// A clock on which every sleep is over at once, and the time then is the one that was waited for.
///
/// For one task: what several sleep on at once leaps with each of them.
package final class LeapingClock: Clock, Sendable {
    private let time: NIOLockedValueBox<ManualClock.Instant>
    private let pauses = NIOLockedValueBox<[Duration]>([])

    package init(startingAt offset: Duration = .zero) {
        time = NIOLockedValueBox(ManualClock.Instant(offset: offset))
    }

    package var now: ManualClock.Instant { time.withLockedValue { $0 } }
    package var minimumResolution: Duration { .nanoseconds(1) }
    /// Whole milliseconds since the clock's zero: what code that reads a wall clock is given.
    package var milliseconds: Int64 { Int64(now.offset / .milliseconds(1)) }
    /// How long each sleep was.
    package var slept: [Duration] { pauses.withLockedValue { $0 } }

    package func sleep(until deadline: ManualClock.Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        let pause = now.duration(to: deadline)
        pauses.withLockedValue { $0.append(max(.zero, pause)) }
        time.withLockedValue { $0 = max($0, deadline) }
    }
}
