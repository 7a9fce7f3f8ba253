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
