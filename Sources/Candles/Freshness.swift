import Resilience

/// How far behind a series is: one rule for the dashboard, the health page, `ops status` and the task `freshness_check`.
package enum Freshness: String, Encodable, Sendable, CaseIterable {
    case live, delayed, stale, unknown

    /// `knownThrough` is where it ends what is known of the series, traded or not: a minute without trades makes no series late.
    ///
    /// Live while at most two intervals and 90 s are not known, for the exchange to settle and for what asks it. Delayed while at
    /// most `patience` is. Unknown where nothing is known, or where it is told of the future.
    package init(knownThrough: UnixMilliseconds?, of timeframe: Timeframe, now: UnixMilliseconds) {
        guard let knownThrough else {
            self = .unknown
            return
        }
        let age = now.minus(knownThrough)
        // A clock is wrong, and nobody knows which.
        if age < -Self.grace {
            self = .unknown
            return
        }
        let isLive = age <= 2 * timeframe.milliseconds + Self.grace
        self = isLive ? .live : age <= Self.patience(of: timeframe) ? .delayed : .stale
    }

    private static let grace: Int64 = 90_000
    private static let week: Int64 = 7 * 86_400_000

    /// Three intervals and 15 minutes, in milliseconds.
    ///
    /// A job waits up to 5 minutes for its turn, a ban of the exchange lasts up to 5, and the next job then starts within a minute:
    /// what mends itself so is no reason to wake anybody.
    package static func patience(of timeframe: Timeframe) -> Int64 { 3 * timeframe.milliseconds + 900_000 }

    /// Whether a person must be told: it is stale, and fell behind less than a week ago.
    ///
    /// What fell behind longer ago is a finished history, which nobody keeps up to date.
    package static func isMissed(knownThrough: UnixMilliseconds?, of timeframe: Timeframe, now: UnixMilliseconds)
        -> Bool
    {
        guard let knownThrough, Self(knownThrough: knownThrough, of: timeframe, now: now) == .stale else {
            return false
        }
        return now.minus(knownThrough) < patience(of: timeframe) + week
    }
}
