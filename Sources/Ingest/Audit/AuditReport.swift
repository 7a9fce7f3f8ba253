package import Candles
package import Resilience
package import Storage

/// What an audit is asked to do.
package struct AuditJob: Sendable, Equatable {
    package let series: Series
    /// Whether what is wrong gives way to what the exchange says now.
    package let repairs: Bool
    package let depth: Depth

    /// How closely an audit looks.
    package enum Depth: Sendable, Equatable {
        /// At the days; where one of them is wrong, at every hour.
        case days
        /// At every hour, also where all days are right: a day does not show an hour's own open or close.
        case hours
        /// At every candle.
        case candles
    }

    package init(series: Series, repairs: Bool, depth: Depth = .days) {
        self.series = series
        self.repairs = repairs
        self.depth = depth
    }
}

/// What an audit does, as it happens.
package enum AuditEvent: Sendable {
    /// Another part of the work: so many intervals, of whatever timeframe is looked at.
    case planned(intervals: Int)
    /// So many of them were looked at.
    case looked(intervals: Int)
    case compared(Timeframe, bars: Int, differing: Int)
    /// The stretches that are read again in the series' own timeframe.
    case reading([TimeRange])
    case pageRead(upTo: UnixMilliseconds, differingRows: Int)
    case stretchFailed(TimeRange, any Fault)
    case warned(IngestWarning)
}

/// What an audit found.
package struct AuditReport: Sendable {
    /// So many differences are listed at most; the counts have them all.
    package static let mostDifferences = 1_000

    package let job: AuditJob
    /// From the first to the last interval that was compared; empty where none could be.
    package let range: TimeRange
    package let outcome: BackfillReport.Outcome
    package let requests: Int
    package let findings: AuditFindings

    init(job: AuditJob, range: TimeRange, requests: Int, findings: AuditFindings) {
        self.job = job
        self.range = range
        self.requests = requests
        self.findings = findings
        if findings.fault != nil || findings.wasStopped {
            outcome = BackfillReport.outcome(unknown: 1, pages: findings.barsCompared, fault: findings.fault)
        } else if job.repairs {
            // What lies before the first candle that was believed in is a backfill's to ask for.
            outcome = findings.beginning.map { $0.is < $0.was } == true ? .partial : .complete
        } else {
            outcome = findings.rows > 0 || findings.beginning != nil ? .suspect : .complete
        }
    }

    /// Whether something was wrong and is right now.
    package var isRepaired: Bool { job.repairs && findings.rows > 0 }
}

/// Counts and examples of one audit.
package struct AuditFindings: Sendable {
    /// Bars of all timeframes that were compared; candles, where all were read again.
    package internal(set) var barsCompared = 0
    package internal(set) var barsDiffering = 0
    package private(set) var rowsChanged = 0
    package private(set) var rowsMissing = 0
    package private(set) var rowsMadeUp = 0
    /// The oldest found first within a stretch, at most `AuditReport.mostDifferences`.
    package private(set) var differences: [RowDifference] = []
    /// Bars of which the exchange was newly found to disagree with itself, by time.
    package internal(set) var selfDisagreements: [Disagreement] = []
    /// Days that are known in part only.
    package internal(set) var daysNotCompared = 0
    /// The first candle as it was kept and as the exchange has it, where these differ.
    package internal(set) var beginning: (was: UnixMilliseconds, is: UnixMilliseconds)?
    /// Since when the exchange has no longer anything of the series.
    package internal(set) var goneSince: UnixMilliseconds?
    package internal(set) var fault: (any Fault)?
    package internal(set) var wasStopped = false

    /// Whether nothing can be compared.
    var endsEarly: Bool { fault != nil || goneSince != nil }

    package var rows: Int { rowsChanged + rowsMissing + rowsMadeUp }

    mutating func add(_ found: [RowDifference]) {
        for difference in found {
            switch difference.kind {
            case .changed: rowsChanged += 1
            case .missing: rowsMissing += 1
            case .madeUp: rowsMadeUp += 1
            }
        }
        differences += found.prefix(AuditReport.mostDifferences - differences.count)
    }
}
