package import Candles

/// ConcurrencyLimit what is to be asked for into the stretches to walk.
package enum HolePlanner {
    /// Holes, newest first; those that one page can span are one, since a request costs more than rows read twice.
    ///
    /// `holes` are ascending and apart; `keptBetween` says how many candles are kept between each and the next. A page brings the
    /// rows of the holes, those between them, and a known candle at either end.
    package static func merged(
        _ holes: [TimeRange], keptBetween: [Int], timeframe: Timeframe,
        pageSize: Int = Timeframe.maximumCandlesPerCall
    ) -> [TimeRange] {
        var merged: [TimeRange] = []
        var rows = 0
        for (index, hole) in holes.enumerated() {
            let own = hole.intervals(of: timeframe)
            if let last = merged.last, rows + keptBetween[index - 1] + own <= pageSize - 2 {
                merged[merged.count - 1] = TimeRange(last.start, hole.end)
                rows += keptBetween[index - 1] + own
            } else {
                merged.append(hole)
                rows = own
            }
        }
        return merged.reversed()
    }
}
