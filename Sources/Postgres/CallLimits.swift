import NIOConcurrencyHelpers

/// The request to stop one call, from whichever task cancelled it.
///
/// Each call has its own, so that cancelling a call that still waits for the connection does not stop the one that
/// runs.
final class StopRequest: Sendable {
    private let requested = NIOLockedValueBox(false)
    private let wake: WakeSignal

    init(wake: WakeSignal) { self.wake = wake }

    var isRequested: Bool { requested.withLockedValue { $0 } }

    func request() {
        requested.withLockedValue { $0 = true }
        wake.signal()
    }
}

/// How long one call may wait, and who may stop it.
struct CallLimits {
    enum Interruption { case cancelled, timedOut }

    /// How long the server may take to answer that it stopped.
    static let grace = Duration.seconds(5)

    let stop: StopRequest?
    private(set) var interruption: Interruption?
    private var deadline: ContinuousClock.Instant?

    init(deadline: Duration?, stop: StopRequest?) {
        self.deadline = deadline.map { .now + $0 }
        self.stop = stop
    }

    /// What `poll` takes: rounded up, −1 for ever.
    var milliseconds: Int32 {
        guard let deadline else { return -1 }
        let left = (deadline - .now) / .milliseconds(1)
        return Int32(max(0, min(left.rounded(.up), 86_400_000)))
    }

    /// Whether the time is over: of the call, or after `interrupt` that of the grace.
    var isOver: Bool { deadline.map { $0 <= .now } ?? false }

    /// Why the call must stop now; nil while it may go on, and after it was interrupted.
    var due: Interruption? {
        if interruption != nil { return nil }
        if stop?.isRequested == true { return .cancelled }
        return isOver ? .timedOut : nil
    }

    mutating func interrupt(_ reason: Interruption) {
        interruption = reason
        deadline = .now + Self.grace
    }
}
