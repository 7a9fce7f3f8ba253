import Resilience

/// A half-open stretch of time, `[start, end)`, in Unix milliseconds UTC; never reversed.
package struct TimeRange: Hashable, Sendable {
    package let start: UnixMilliseconds
    package let end: UnixMilliseconds

    /// A reversed pair gives the empty range at `start`.
    package init(_ start: UnixMilliseconds, _ end: UnixMilliseconds) {
        self.start = start
        self.end = max(start, end)
    }

    package var isEmpty: Bool { start == end }
    package var milliseconds: Int64 { end.minus(start) }
    package func contains(_ time: UnixMilliseconds) -> Bool { start <= time && time < end }
    package func clamped(to other: TimeRange) -> TimeRange {
        let from = max(start, other.start)
        return TimeRange(from, min(end, other.end))
    }
    /// How many whole intervals of `timeframe` fit.
    package func intervals(of timeframe: Timeframe) -> Int { Int(milliseconds / timeframe.milliseconds) }
}
