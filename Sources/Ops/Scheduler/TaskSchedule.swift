import Candles

/// When a task runs: rules without a clock.
struct TaskSchedule {
    let interval: Duration
    let retry: Duration

    /// The share of a wait that chance may add, so that tasks of one interval do not all start at once.
    private static let jitter = 0.05

    /// How long a process that has just begun waits for a task that was noted to be due at `nextAt`.
    ///
    /// Never longer than the interval, whatever the wall clock did meanwhile.
    func firstWait(nextAt: UnixMilliseconds?, now: UnixMilliseconds) -> Duration {
        guard let nextAt else { return .zero }
        return min(max(.zero, .milliseconds(nextAt - now)), longest)
    }

    func wait(afterFailure: Bool, using generator: inout some RandomNumberGenerator) -> Duration {
        let base = afterFailure ? retry : interval
        return base + base * Double.random(in: 0...Self.jitter, using: &generator)
    }

    private var longest: Duration { interval + interval * Self.jitter }
}
