package import Candles

/// What an export writes.
package struct ExportJob: Sendable, Equatable {
    package let series: Series
    /// Included; nil is the beginning of what is wanted.
    package let start: UnixMilliseconds?
    /// Excluded; nil is the end of what is known.
    package let end: UnixMilliseconds?
    /// Whether confirmed empty intervals get a row that is marked as filled.
    package let fillsFlat: Bool
    /// Whether rows are written that the exchange may still change.
    package let withProvisional: Bool

    package init(
        series: Series, start: UnixMilliseconds? = nil, end: UnixMilliseconds? = nil, fillsFlat: Bool = false,
        withProvisional: Bool = false
    ) {
        self.series = series
        self.start = start
        self.end = end
        self.fillsFlat = fillsFlat
        self.withProvisional = withProvisional
    }

    /// Refuses a range that cannot be.
    package func check(now: UnixMilliseconds) throws(IngestFault) {
        if let start, start > now { throw .startInFuture(start) }
        if let start, let end, series.timeframe.floor(end) <= series.timeframe.floor(start) {
            throw .reversedRange(start: start, end: end)
        }
    }

    /// The settled stretch, on whole intervals.
    package func range(wanted: TimeRange, coverage: IntervalSet) -> TimeRange {
        let timeframe = series.timeframe
        let from = start.map(timeframe.floor) ?? wanted.start
        return TimeRange(from, min(end.map(timeframe.floor) ?? coverage.ranges.last?.end ?? from, wanted.end))
    }
}

/// What an export wrote.
package struct ExportReport: Sendable, Equatable {
    package let series: Series
    package let range: TimeRange
    package internal(set) var rows = 0
    /// Of these, rows that stand for confirmed empty intervals.
    package internal(set) var filled = 0
    /// Intervals of the stretch of which nothing is proven; they have no row.
    package let unknown: Int
}
