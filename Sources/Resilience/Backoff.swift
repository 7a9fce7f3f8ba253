/// How long to wait before trying again: exponential with full jitter.
package struct Backoff: Sendable, Equatable {
    package let base: Duration
    package let factor: Double
    package let cap: Duration

    package init(base: Duration, factor: Double = 2, cap: Duration) {
        self.base = base
        self.factor = factor
        self.cap = cap
    }

    /// A random wait between nothing and `base × factor^(attempt − 1)`, at most `cap`, on top of `floor`.
    ///
    /// `attempt`: The attempt that failed, from 1.
    /// `floor`: The server's `Retry-After`. It is added, so that those who were given the same one spread out.
    package func delay(
        attempt: Int, floor: Duration?, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let jitter = ceiling(attempt: attempt) * Double.random(in: 0...1, using: &generator)
        return max(floor ?? .zero, .zero) + jitter
    }

    /// A pause of four fifths to all of `base × factor^(attempt − 1)`, at most `cap`: for one who asks alone.
    package func pause(attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        ceiling(attempt: attempt) * Double.random(in: 0.8...1, using: &generator)
    }

    private func ceiling(attempt: Int) -> Duration {
        var grown = base
        for _ in 1..<max(attempt, 1) where grown < cap { grown *= factor }
        return min(grown, cap)
    }
}

extension Duration {
    static func *= (duration: inout Duration, factor: Double) { duration = duration * factor }

    /// Whole milliseconds, cut towards zero.
    var wholeMilliseconds: Int64 {
        components.seconds.times(1000).plus(components.attoseconds / 1_000_000_000_000_000)
    }
}
