package import Candles
package import Resilience
package import Storage

/// What a job achieved, computed from coverage and not from how its loop ended.
package struct BackfillReport: Sendable {
    package enum Outcome: String, Sendable {
        /// Every interval of the stretch is present or confirmed empty.
        case complete
        /// Something is still unknown; the same command goes on from there.
        case partial
        case rateLimited = "rate-limited"
        /// The exchange's answers contradict what is known.
        case suspect
        /// The exchange could not be asked, and nothing was stored.
        case unavailable
    }

    package let series: Series
    package let target: TimeRange
    package let outcome: Outcome
    package let requests: Int
    package let pages: Int
    package let rowsWritten: Int
    /// Intervals of the stretch that are still unknown.
    package let unknown: Int
    package let suspect: Int
    package let revised: Int
    /// What kept the job from its end.
    package let fault: (any Fault)?
    /// Since when the exchange neither lists the pair nor has its candles: then nothing is asked for.
    package let goneSince: UnixMilliseconds?

    package init(
        series: Series, target: TimeRange, tally: Tally, unknown: Int, fault: (any Fault)?,
        goneSince: UnixMilliseconds? = nil
    ) {
        self.series = series
        self.target = target
        self.unknown = unknown
        self.fault = fault
        self.goneSince = goneSince
        requests = tally.requests
        pages = tally.pages
        rowsWritten = tally.written
        suspect = tally.suspect
        revised = tally.revised
        outcome = goneSince == nil ? Self.outcome(unknown: unknown, pages: tally.pages, fault: fault) : .complete
    }

    static func outcome(unknown: Int, pages: Int, fault: (any Fault)?) -> Outcome {
        if unknown == 0 { return .complete }
        switch fault?.kind {
        case nil, .partial: return .partial
        case .rateLimited: return .rateLimited
        case .suspect: return .suspect
        default: return pages > 0 ? .partial : .unavailable
        }
    }
}

/// Counts of one run.
package struct Tally: Sendable, Equatable {
    package var requests = 0
    package var pages = 0
    package var written = 0
    package var suspect = 0
    package var revised = 0

    package init() {}

    package mutating func add(_ stored: StoredPage) {
        pages += 1
        written += stored.written
        suspect += stored.suspect
        revised += stored.revised
    }
}

/// How far a fault reaches: a job ends for some, and goes on with its other holes after others.
extension Fault {
    /// The database or the host is not at fault: what is stored stays, and the run reports how far it came.
    var comesFromTheExchange: Bool { origin == .service }

    /// The next request would fail in the same way.
    var concernsEveryRequest: Bool {
        switch self as? BitfinexFault {
        case .unproven, .malformed, .stale, .unreadableRow: false
        default: true
        }
    }
}

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
