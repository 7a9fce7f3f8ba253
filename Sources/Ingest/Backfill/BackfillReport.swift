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
