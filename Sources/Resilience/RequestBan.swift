/// A host's refusal to answer anybody for a while, and the search for its end.
///
/// After `until` one probe goes and the others wait for its result. An answer ends the ban, another refusal makes it longer.
package struct RequestBan: Sendable, Equatable {
    /// What Bitfinex's own block lasts, with room.
    package static let firstWait: Int64 = 80_000
    package static let longestWait: Int64 = 300_000
    /// A probe without a result for this long is given up for lost.
    package static let probeLease: Int64 = 90_000
    /// A longer `Retry-After` is taken for a mistake.
    package static let longestRetryAfter: Duration = .seconds(86_400)

    package var setAt: Int64
    package var until: Int64
    /// The wait that the latest refusal earned, from which the next one grows.
    package var wait: Int64
    /// Numbers the probes, so that only the latest can end the ban.
    package var probe: Int64
    /// When the probe that is out is given up; nil where none is out.
    package var probeUntil: Int64?

    package init(setAt: Int64, until: Int64, wait: Int64, probe: Int64 = 0, probeUntil: Int64? = nil) {
        self.setAt = setAt
        self.until = until
        self.wait = wait
        self.probe = probe
        self.probeUntil = probeUntil
    }

    /// The ban that follows from a refusal (HTTP 429).
    ///
    /// What the host asks for makes it longer than our own wait, never shorter: a host that says `Retry-After: 1` each time means
    /// that it is asked too often. `startedAt`: When the refused request began. One that began before `previous` was set is the same event:
    /// it makes the ban begin again, not grow.
    package static func refused(
        previous: RequestBan?, startedAt: Int64, retryAfter: Duration?, at now: Int64,
        using generator: inout some RandomNumberGenerator
    ) -> RequestBan {
        let asked = retryAfter.map { scaled(bounded($0), by: 1.0...1.25, using: &generator) } ?? 0
        guard var ban = previous else {
            let wait = max(asked, scaled(firstWait, by: 1.2...1.5, using: &generator))
            return RequestBan(setAt: now, until: now.plus(wait), wait: wait)
        }
        // A longer one than our own was the host's wish, and does not grow; a shorter one is of an earlier version.
        let earned = min(max(ban.wait, firstWait), longestWait)
        if startedAt <= ban.setAt {
            ban.until = max(ban.until, now.plus(max(asked, earned)))
            return ban
        }
        let wait = max(asked, min(longestWait, scaled(earned, by: 1.2...1.5, using: &generator)))
        return RequestBan(setAt: now, until: now.plus(wait), wait: wait, probe: ban.probe)
    }

    /// Sends the next probe.
    package mutating func startProbe(at now: Int64) {
        probe = probe.plus(1)
        probeUntil = now.plus(Self.probeLease)
    }

    /// Moves a ban that lies in the future of a clock that was set back.
    package mutating func follow(clockSetBackTo now: Int64) {
        let shift = setAt.minus(now)
        guard shift > 0 else { return }
        setAt = setAt.minus(shift)
        until = until.minus(shift)
        probeUntil = probeUntil.map { $0.minus(shift) }
    }

    private static func bounded(_ retryAfter: Duration) -> Int64 {
        min(max(retryAfter, .zero), longestRetryAfter).wholeMilliseconds
    }

    private static func scaled(
        _ milliseconds: Int64, by range: ClosedRange<Double>,
        using generator: inout some RandomNumberGenerator
    ) -> Int64 {
        Int64(nearest: (Double(milliseconds) * Double.random(in: range, using: &generator)).rounded(.up))
    }
}
