package import Candles

/// What a backfill is asked to make known.
package struct BackfillJob: Sendable, Equatable {
    /// What is asked for although it is known.
    package enum Recheck: Sendable, Equatable {
        case nothing
        /// Intervals that were confirmed empty in the last 48 hours, once.
        case freshlyEmpty
        /// All intervals that were confirmed empty.
        case allEmpty
    }

    /// Where the stretch begins.
    package enum Start: Sendable, Equatable {
        /// At the series' first candle.
        case firstCandle
        /// At a moment, included.
        case at(UnixMilliseconds)
        /// So many days before now.
        case daysBack(Int)
        /// At the last final candle, or so many days back where there is none.
        case lastFinal(elseDaysBack: Int)
    }

    package let series: Series
    package let start: Start
    /// Excluded; nil is now.
    package let end: UnixMilliseconds?
    package let recheck: Recheck
    /// Whether the intervals that are not settled yet are read too, and stored as provisional.
    package let reachesNow: Bool

    package init(
        series: Series, start: Start, end: UnixMilliseconds?, recheck: Recheck = .nothing, reachesNow: Bool = false
    ) {
        self.series = series
        self.start = start
        self.end = end
        self.recheck = recheck
        self.reachesNow = reachesNow
    }

    /// From the last final candle to the one that forms: what a minute timer runs.
    package static func realtime(_ series: Series, elseDaysBack days: Int) -> BackfillJob {
        BackfillJob(series: series, start: .lastFinal(elseDaysBack: days), end: nil, reachesNow: true)
    }

    /// What is unknown in the last days.
    package static func gapRepair(_ series: Series, daysBack: Int, recheckAll: Bool) -> BackfillJob {
        BackfillJob(
            series: series, start: .daysBack(daysBack), end: nil, recheck: recheckAll ? .allEmpty : .freshlyEmpty)
    }

    /// The stretch on whole intervals, cut at the newest boundary that a read can settle.
    ///
    /// - Throws: `IngestFault.startInFuture`, `.reversedRange`.
    package func target(
        now: UnixMilliseconds, firstCandle: UnixMilliseconds, lastFinal: UnixMilliseconds?
    ) throws(IngestFault) -> TimeRange {
        let timeframe = series.timeframe
        let settled = timeframe.settledBoundary(at: now)
        let from: UnixMilliseconds
        switch start {
        case .firstCandle: from = firstCandle
        case .at(let time): from = time
        case .daysBack(let days): from = now - Int64(days) * Self.day
        case .lastFinal(let days): from = lastFinal ?? (now - Int64(days) * Self.day)
        }
        try check(now: now)
        if let end, timeframe.floor(end) <= timeframe.floor(from) { throw .reversedRange(start: from, end: end) }
        return TimeRange(timeframe.floor(from), min(end.map(timeframe.floor) ?? settled, settled))
    }

    /// Refuses a range that cannot be, before the exchange or the database is asked.
    package func check(now: UnixMilliseconds) throws(IngestFault) {
        guard case .at(let time) = start else { return }
        if let end, time >= end { throw .reversedRange(start: time, end: end) }
        if time > now { throw .startInFuture(time) }
    }

    private static let day: Int64 = 86_400_000
}
