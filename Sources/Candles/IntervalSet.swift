import Resilience

/// Stretches of time, merged and ascending: no two touch or overlap.
package struct IntervalSet: Hashable, Sendable {
    package private(set) var ranges: [TimeRange] = []

    package init() {}
    package init(_ ranges: some Sequence<TimeRange>) { for range in ranges { insert(range) } }

    package var isEmpty: Bool { ranges.isEmpty }
    package var milliseconds: Int64 { ranges.reduce(0) { $0.plus($1.milliseconds) } }

    package func contains(_ time: UnixMilliseconds) -> Bool {
        let next = firstIndex(endingAfter: time)
        return next < ranges.count && ranges[next].start <= time
    }

    /// Adds a stretch, merging it with all that it touches.
    package mutating func insert(_ range: TimeRange) {
        if range.isEmpty { return }
        let low = firstIndex(endingAtOrAfter: range.start)
        var high = low
        var start = range.start
        var end = range.end
        while high < ranges.count, ranges[high].start <= range.end {
            start = min(start, ranges[high].start)
            end = max(end, ranges[high].end)
            high += 1
        }
        ranges.replaceSubrange(low..<high, with: CollectionOfOne(TimeRange(start, end)))
    }

    package func intersection(_ range: TimeRange) -> IntervalSet {
        IntervalSet(ranges.lazy.map { $0.clamped(to: range) })
    }

    package func subtracting(_ other: IntervalSet) -> IntervalSet {
        var result = IntervalSet()
        var index = 0
        for range in ranges {
            var start = range.start
            while index < other.ranges.count, other.ranges[index].end <= start { index += 1 }
            var at = index
            while at < other.ranges.count, other.ranges[at].start < range.end {
                result.ranges.appendUnlessEmpty(TimeRange(start, other.ranges[at].start))
                start = max(start, other.ranges[at].end)
                at += 1
            }
            result.ranges.appendUnlessEmpty(TimeRange(start, range.end))
        }
        return result
    }

    private func firstIndex(endingAfter time: UnixMilliseconds) -> Int { partition { $0.end > time } }
    private func firstIndex(endingAtOrAfter time: UnixMilliseconds) -> Int { partition { $0.end >= time } }

    /// The first index whose range satisfies `predicate`, which must hold from there to the end.
    private func partition(_ predicate: (TimeRange) -> Bool) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if predicate(ranges[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension [TimeRange] {
    fileprivate mutating func appendUnlessEmpty(_ range: TimeRange) {
        if !range.isEmpty { append(range) }
    }
}

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

/// A stretch of a series that nobody has proven: neither candles nor their absence.
package struct Gap: Hashable, Sendable {
    package let series: Series
    package let range: TimeRange

    package init(series: Series, range: TimeRange) {
        self.series = series
        self.range = range
    }

    package var intervals: Int { range.intervals(of: series.timeframe) }
}
