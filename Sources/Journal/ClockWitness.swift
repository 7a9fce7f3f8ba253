package import Candles

/// How late it has provably become, so that a wall clock that jumped ahead makes nothing old.
///
/// The kernel's time since boot tells how much time went by between two looks. A wall clock that says the same, within an hour, is believed
/// at once, also after a machine was off for up to three days; what it says beyond that is believed once a week was lived with it. Until then
/// the time that is believed goes on by what was lived.
package struct ClockWitness: Sendable, Equatable {
    /// A clock that differs from what went by.
    package struct Doubt: Sendable, Equatable {
        /// How far it is ahead of what is believed, or behind.
        package var by: Int64
        /// How long it has said so.
        package var lived: Int64

        package init(by: Int64, lived: Int64) {
            self.by = by
            self.lived = lived
        }
    }

    private static let day: Int64 = 86_400_000
    /// Within one boot the two clocks count the same seconds, but for what a time service corrects.
    private static let slack = day / 24
    /// A machine may have been off, and then nothing but the wall clock counted.
    private static let longestOff = 3 * day
    /// So long a clock must go on as it says before it is believed.
    private static let proof = 7 * day

    /// The latest time that is believed.
    package let believed: UnixMilliseconds
    package let boot: String
    /// Milliseconds since boot, when this was noted.
    package let uptime: Int64
    package let doubt: Doubt?

    package init(believed: UnixMilliseconds, boot: String, uptime: Int64, doubt: Doubt? = nil) {
        self.believed = believed
        self.boot = boot
        self.uptime = uptime
        self.doubt = doubt
    }

    /// The first look of all: `evidence` is the latest time that anything else tells, nil where there is nothing.
    package init(first now: UnixMilliseconds, evidence: UnixMilliseconds?, boot: String, uptime: Int64) {
        let isBelieved = evidence.map { now - $0 <= 2 * Self.day } ?? true
        let believed = isBelieved ? now : evidence ?? now
        self.init(
            believed: believed, boot: boot, uptime: uptime,
            doubt: isBelieved ? nil : Doubt(by: now - believed, lived: 0))
    }

    /// What is believed at the next look.
    package func next(_ now: UnixMilliseconds, boot: String, uptime: Int64) -> ClockWitness {
        let isSameBoot = boot == self.boot && uptime >= self.uptime
        let lived = isSameBoot ? uptime - self.uptime : uptime
        let expected = believed + lived
        let ahead = now - expected
        if ahead >= -Self.slack, ahead <= (isSameBoot ? Self.slack : Self.longestOff) {
            return ClockWitness(believed: now, boot: boot, uptime: uptime)
        }
        let isSameClock = doubt.map { abs($0.by - ahead) <= Self.slack } ?? false
        let proven = isSameClock ? (doubt?.lived ?? 0) + lived : 0
        if proven >= Self.proof { return ClockWitness(believed: now, boot: boot, uptime: uptime) }
        return ClockWitness(
            believed: expected, boot: boot, uptime: uptime, doubt: Doubt(by: ahead, lived: proven))
    }

    /// The time by which ages count: whatever is deleted for its age is old by it.
    package func ages(at now: UnixMilliseconds) -> UnixMilliseconds { min(now, believed) }
}
