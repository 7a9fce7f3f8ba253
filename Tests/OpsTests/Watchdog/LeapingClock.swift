import Candles
import NIOConcurrencyHelpers

/// A clock on which every sleep is over at once, and has taken its time all the same.
///
/// For one task that does one thing after the other.
final class LeapingClock: Clock, Sendable {
    struct Instant: InstantProtocol, Sendable {
        let offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private let state = NIOLockedValueBox(Instant(offset: .zero))
    private let base: Int64

    /// `base`: what `milliseconds` says at first.
    init(base: Int64 = 0) { self.base = base }

    var now: Instant { state.withLockedValue { $0 } }
    var minimumResolution: Duration { .milliseconds(1) }
    var milliseconds: Int64 { base + now.offset.milliseconds }
    var seconds: Int64 { now.offset.components.seconds }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        state.withLockedValue { $0 = max($0, deadline) }
    }
}
