package import Candles

/// Turns what is unknown into the stretches to walk.
package enum HolePlanner {
    /// Holes, newest first; two that one page can span are one, since a request costs more than rows read twice.
    package static func holes(
        in target: TimeRange, known coverage: IntervalSet, timeframe: Timeframe,
        pageSize: Int = Timeframe.maximumCandlesPerCall
    ) -> [TimeRange] {
        let span = Int64(pageSize - 2) * timeframe.milliseconds
        var merged: [TimeRange] = []
        for hole in IntervalSet([target]).subtracting(coverage).ranges {
            if let last = merged.last, hole.end - last.start <= span {
                merged[merged.count - 1] = TimeRange(last.start, hole.end)
            } else {
                merged.append(hole)
            }
        }
        return merged.reversed()
    }
}
