package import Candles

/// How far a run is.
package struct RunProgress: Sendable, Equatable {
    /// In whatever its job counts; never more than `total`.
    package let done: Int
    package let total: Int
    /// When it was noted.
    package let at: UnixMilliseconds

    package init(done: Int, total: Int, at: UnixMilliseconds) {
        self.total = max(0, total)
        self.done = min(max(0, done), self.total)
        self.at = at
    }

    /// A run that notes nothing for longer than this waits for something: then what is left grows.
    private static let silence: Int64 = 60_000

    /// Seconds that are left at the rate since it began; nil where nothing is done yet.
    ///
    /// It changes with each note, and not in between, so that what shows it need not be sent again.
    package func secondsLeft(since start: UnixMilliseconds, now: UnixMilliseconds) -> Int64? {
        guard done > 0 else { return nil }
        let seen = now - at > Self.silence ? now - Self.silence : at
        let elapsed = max(0, seen - start)
        return (Double(elapsed) / 1000 * Double(total - done) / Double(done)).rounded().seconds
    }
}

extension Double {
    /// Within what an integer holds.
    fileprivate var seconds: Int64 { isFinite ? Int64(Swift.min(Swift.max(self, 0), 1e15)) : 0 }
}
