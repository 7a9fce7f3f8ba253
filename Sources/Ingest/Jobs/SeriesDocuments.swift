package import Candles
import Jobs
package import Storage

/// The `--json` form of a backfill.
package struct BackfillDocument: Encodable {
    let symbol: String
    let timeframe: String
    let start: String
    let end: String
    let outcome: String
    let exit_code: Int32
    let requests: Int
    let pages: Int
    let rows_written: Int
    let unknown: Int
    let suspect: Int
    /// Left out where the exchange has the series.
    let gone_since: String?

    package init(_ report: BackfillReport) {
        symbol = report.series.symbol.name
        timeframe = report.series.timeframe.rawValue
        start = report.target.start.iso8601
        end = report.target.end.iso8601
        outcome = report.outcome.rawValue
        exit_code = report.outcome.exitStatus.rawValue
        requests = report.requests
        pages = report.pages
        rows_written = report.rowsWritten
        unknown = report.unknown
        suspect = report.suspect
        gone_since = report.goneSince?.iso8601
    }
}

/// One series of `status --json`.
package struct StatusDocument: Encodable {
    let symbol: String
    let timeframe: String
    let first: String?
    let last: String?
    let count: Int
    let empty: Int
    let unknown: Int
    let suspect: Int
    let last_final: String?
    /// Seconds since the last final candle's interval ended.
    let age_seconds: Int64?
    /// Left out where the exchange has the series.
    let gone_since: String?

    package init(_ row: SeriesOverview, now: UnixMilliseconds) {
        symbol = row.series.symbol.name
        timeframe = row.series.timeframe.rawValue
        first = row.first?.iso8601
        last = row.last?.iso8601
        count = row.count
        empty = row.empty
        unknown = row.unknown
        suspect = row.suspect
        last_final = row.lastFinal?.iso8601
        age_seconds = row.lastFinal.map { max(0, (now - $0 - row.series.timeframe.milliseconds) / 1000) }
        gone_since = row.goneSince?.iso8601
    }

    private enum CodingKeys: CodingKey {
        case symbol, timeframe, first, last, count, empty, unknown, suspect, last_final, age_seconds, gone_since
    }

    /// A value that is not known is null, not left out.
    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encodeIfPresent(gone_since, forKey: .gone_since)
        try fields.encode(symbol, forKey: .symbol)
        try fields.encode(timeframe, forKey: .timeframe)
        try fields.encode(first, forKey: .first)
        try fields.encode(last, forKey: .last)
        try fields.encode(count, forKey: .count)
        try fields.encode(empty, forKey: .empty)
        try fields.encode(unknown, forKey: .unknown)
        try fields.encode(suspect, forKey: .suspect)
        try fields.encode(last_final, forKey: .last_final)
        try fields.encode(age_seconds, forKey: .age_seconds)
    }

    /// The age as a person reads it; nobody waits for more of what is gone.
    package var age: String {
        if let gone_since { return "gone since \(gone_since)" }
        guard let seconds = age_seconds else { return "-" }
        return Age(seconds * 1000).precise
    }
}

/// One stretch of `gaps --json`.
package struct GapDocument: Encodable {
    let symbol: String
    let timeframe: String
    let from: String
    let to: String
    let intervals: Int

    package init(_ gap: Gap) {
        symbol = gap.series.symbol.name
        timeframe = gap.series.timeframe.rawValue
        from = gap.range.start.iso8601
        to = gap.range.end.iso8601
        intervals = gap.intervals
    }
}

/// What `--dry-run` prints.
package struct PlanDocument: Encodable {
    let symbol: String
    let timeframe: String
    let start: String
    let end: String
    let requests: Int
    /// Whether `requests` is a bound; otherwise it is an estimate, right to one request.
    let at_most: Bool
    let minutes: Double
    let bytes: Int

    package init(_ plan: BackfillPlan, requestsPerMinute: Int, database: DatabaseLocation) {
        symbol = plan.series.symbol.name
        timeframe = plan.series.timeframe.rawValue
        start = plan.target.start.iso8601
        end = plan.target.end.iso8601
        requests = plan.requests
        at_most = plan.isBound
        minutes = plan.minutes(requestsPerMinute: requestsPerMinute)
        bytes =
            switch database {
            case .sqlite: plan.rows * BackfillPlan.bytesPerRowSQLite
            case .postgres: plan.rows * BackfillPlan.bytesPerRowPostgres
            }
    }

    package var lines: [String] {
        [
            "\(symbol)-\(timeframe) from \(start) to \(end)",
            """
            \(at_most ? "at most " : "")\(requests) requests, \(at_most ? "up to" : "about") \(Int(minutes.rounded(.up))) min \
            under the budget, \(at_most ? "up to" : "about") \((bytes + 999_999) / 1_000_000) MB
            """,
        ]
    }
}
