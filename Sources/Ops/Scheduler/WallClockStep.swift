import Candles

/// Notices that the wall clock was set, by a clock that nobody sets.
struct WallClockStep {
    /// Less than this is drift, which a time service corrects all the time.
    static let threshold = Duration.seconds(5)

    private var offset: Duration?

    /// How far the wall clock was set since the last question; nil where it was not.
    ///
    /// `elapsed` is the time since any fixed moment.
    mutating func ask(wall: UnixMilliseconds, elapsed: Duration) -> Duration? {
        let offset = Duration.milliseconds(wall) - elapsed
        defer { self.offset = offset }
        guard let before = self.offset else { return nil }
        let step = offset - before
        return step > Self.threshold || step < .zero - Self.threshold ? step : nil
    }
}
