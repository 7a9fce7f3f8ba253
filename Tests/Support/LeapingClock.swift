import NIOConcurrencyHelpers

/// A clock on which every sleep is over at once, and the time then is the one that was waited for.
///
/// For one task: what several sleep on at once leaps with each of them.
package final class LeapingClock: Clock, Sendable {
    private let time: NIOLockedValueBox<ManualClock.Instant>
    private let pauses = NIOLockedValueBox<[Duration]>([])
    private let meanwhile: @Sendable (_ sleep: Int) async throws -> Void

    /// `meanwhile` happens during each sleep, which are numbered from 1.
    package init(
        startingAt offset: Duration = .zero,
        meanwhile: @escaping @Sendable (_ sleep: Int) async throws -> Void = { _ in }
    ) {
        time = NIOLockedValueBox(ManualClock.Instant(offset: offset))
        self.meanwhile = meanwhile
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
        let number = pauses.withLockedValue { pauses in
            pauses.append(max(.zero, pause))
            return pauses.count
        }
        try await meanwhile(number)
        time.withLockedValue { $0 = max($0, deadline) }
    }
}
