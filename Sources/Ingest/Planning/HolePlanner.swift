package import Candles

/// Turns what is to be asked for into the stretches to walk.
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

/// What a backfill will cost, known before it is spent.
package struct BackfillPlan: Sendable, Equatable {
    /// Table and index, as measured: see docs/PERFORMANCE.md.
    package static let bytesPerRowSQLite = 64
    package static let bytesPerRowPostgres = 128

    package let series: Series
    package let target: TimeRange
    package let requests: Int
    /// Whether `requests` is never exceeded (as long as no request is repeated), rather than right to one.
    package let isBound: Bool
    package let rows: Int

    package init(series: Series, target: TimeRange, requests: Int, isBound: Bool, rows: Int) {
        self.series = series
        self.target = target
        self.requests = requests
        self.isBound = isBound
        self.rows = rows
    }

    /// How long the budget makes the run; 0 where none binds.
    package func minutes(requestsPerMinute: Int) -> Double {
        requestsPerMinute == 0 ? 0 : Double(requests) / Double(requestsPerMinute)
    }

    /// Pages for one hole of so many intervals, of which the share `density` has a candle.
    ///
    /// Each page but the newest brings one row less than its size, since it begins with the last row of the page before.
    package static func pages(intervals: Int, density: Double, pageSize: Int = Timeframe.maximumCandlesPerCall) -> Int {
        let rows = Int((Double(intervals) * density).rounded(.up))
        let beyondNewest = max(0, rows - pageSize)
        return 1 + (beyondNewest + pageSize - 2) / (pageSize - 1)
    }

    /// Pages for a hole that is asked in windows of a fixed length.
    package static func windows(intervals: Int, overlap: Int64, pageSize: Int = Timeframe.maximumCandlesPerCall) -> Int
    {
        let beyondFirst = max(0, intervals - pageSize)
        let step = pageSize - Int(overlap)
        return 1 + (beyondFirst + step - 1) / step
    }
}
