package import Candles

/// A length of candles that is folded from days, since the exchange's own history of it is corrupt.
package enum DerivedPeriod: String, Sendable, CaseIterable {
    case week = "1W"
    case fortnight = "14D"
    case month = "1M"

    private static let day: Int64 = 86_400_000

    /// At most so many days make one up.
    package var mostDays: Int {
        switch self {
        case .week: 7
        case .fortnight: 14
        case .month: 31
        }
    }

    /// The week from Monday, the 14 days counted from the epoch, or the calendar month, all UTC, that holds `time`.
    package func stretch(containing time: UnixMilliseconds) -> TimeRange {
        switch self {
        // 1970-01-05 was a Monday.
        case .week: Self.stretch(of: 7 * Self.day, from: 4 * Self.day, containing: time)
        case .fortnight: Self.stretch(of: 14 * Self.day, from: 0, containing: time)
        case .month: Self.month(containing: time)
        }
    }

    private static func stretch(
        of length: Int64, from base: UnixMilliseconds, containing time: UnixMilliseconds
    ) -> TimeRange {
        let remainder = (time - base) % length
        let start = time - (remainder < 0 ? remainder + length : remainder)
        return TimeRange(start, start + length)
    }

    private static func month(containing time: UnixMilliseconds) -> TimeRange {
        let days = stretch(of: day, from: 0, containing: time).start / day
        let first = CivilDay(sinceEpoch: Int(days))
        let isLast = first.month == 12
        let start = CivilDay(year: first.year, month: first.month, day: 1)
        let end = CivilDay(year: isLast ? first.year + 1 : first.year, month: isLast ? 1 : first.month + 1, day: 1)
        return TimeRange(Int64(start.sinceEpoch) * day, Int64(end.sinceEpoch) * day)
    }
}
