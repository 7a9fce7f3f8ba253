/// A clock on which time passes so many times as fast as on a real one.
///
/// For parts that only show what they do while minutes go by: each waits for its share of them.
package final class ScaledClock: Clock, Sendable {
    package struct Instant: InstantProtocol, Sendable {
        fileprivate let offset: Duration

        package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        package func duration(to other: Instant) -> Duration { other.offset - offset }
        package static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private let speed: Double
    private let base: Int64
    private let start = ContinuousClock.now

    /// `base`: what `milliseconds` says now.
    package init(speed: Double, startingAt base: Int64) {
        self.speed = speed
        self.base = base
    }

    package var now: Instant { Instant(offset: (ContinuousClock.now - start) * speed) }
    package var minimumResolution: Duration { .milliseconds(1) }

    /// A wall clock in whole milliseconds.
    package var milliseconds: Int64 { base + Int64(now.offset / .milliseconds(1)) }

    package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let left = deadline.offset - now.offset
        if left > .zero { try await ContinuousClock().sleep(for: left / speed) } else { try Task.checkCancellation() }
    }
}
