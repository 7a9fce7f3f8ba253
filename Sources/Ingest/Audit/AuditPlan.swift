package import Candles

/// What an audit compares, and with what.
package enum AuditPlan {
    /// The exchange's longer timeframes that tell where a series is wrong, coarsest first; none for days.
    package static func levels(of timeframe: Timeframe) -> [Timeframe] {
        [.day1, .hour1].filter { timeframe < $0 && $0.milliseconds % timeframe.milliseconds == 0 }
    }

    /// What is known, with the time before the series' first candle: nobody traded then.
    package static func known(_ coverage: IntervalSet, firstCandle: UnixMilliseconds?) -> IntervalSet {
        guard let firstCandle, coverage.contains(firstCandle) else { return coverage }
        var known = coverage
        known.insert(TimeRange(Timeframe.day1.floor(firstCandle), firstCandle))
        return known
    }

    /// The bars that lie wholly inside `known`.
    package static func wholeBars(of timeframe: Timeframe, in known: IntervalSet) -> IntervalSet {
        IntervalSet(known.ranges.map { TimeRange(timeframe.ceiling($0.start), timeframe.floor($0.end)) })
    }

    /// The bars that are known in part, and cannot be compared.
    package static func partBars(of timeframe: Timeframe, coverage: IntervalSet, known: IntervalSet) -> IntervalSet {
        let touched = IntervalSet(
            coverage.ranges.map { TimeRange(timeframe.floor($0.start), timeframe.ceiling($0.end)) })
        return touched.subtracting(wholeBars(of: timeframe, in: known))
    }

    /// The fewest stretches of `pageSize` bars that hold all of `bars`, oldest first.
    package static func stretches(
        over bars: IntervalSet, timeframe: Timeframe, pageSize: Int = Timeframe.maximumCandlesPerCall
    ) -> [TimeRange] {
        let span = Int64(pageSize) * timeframe.milliseconds
        var result: [TimeRange] = []
        for range in bars.ranges {
            var start = range.start
            if let last = result.last, start < last.start + span {
                start = min(range.end, last.start + span)
                result[result.count - 1] = TimeRange(last.start, start)
            }
            while start < range.end {
                let end = min(range.end, start + span)
                result.append(TimeRange(start, end))
                start = end
            }
        }
        return result
    }
}

/// The kept candles that stand in for truth: those of bars that agree with the exchange's own.
///
/// A kept row in a bar that differs may itself be made up.
package struct AgreeingCandles: Sendable {
    private let bars: [FoldedBar]

    /// `bars` are ascending.
    package init(_ bars: [FoldedBar] = []) { self.bars = bars }

    /// The newest one before `time`.
    package func before(_ time: UnixMilliseconds) -> UnixMilliseconds? { bars.last { $0.last < time }?.last }

    /// The oldest one at or after `time`.
    package func after(_ time: UnixMilliseconds) -> UnixMilliseconds? { bars.first { $0.first >= time }?.first }
}
