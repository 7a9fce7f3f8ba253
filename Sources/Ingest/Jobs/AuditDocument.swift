import Candles
import Jobs

/// The `--json` form of an audit.
package struct AuditDocument: Encodable {
    let symbol: String
    let timeframe: String
    let start: String
    let end: String
    let outcome: String
    let exit_code: Int32
    let requests: Int
    let bars_compared: Int
    let bars_differing: Int
    let days_not_compared: Int
    let rows_differing: Int
    let rows_missing: Int
    let rows_made_up: Int
    let repaired: Bool
    let self_disagreements: Int
    /// The first candle at the exchange, where it is another than the kept one; left out where it is not.
    let first_candle: String?
    /// Left out where the exchange has the series.
    let gone_since: String?
    /// At most 1,000.
    let differences: [DifferenceDocument]

    package init(_ report: AuditReport) {
        let findings = report.findings
        symbol = report.job.series.symbol.name
        timeframe = report.job.series.timeframe.rawValue
        start = report.range.start.iso8601
        end = report.range.end.iso8601
        outcome = report.outcome.rawValue
        exit_code = report.outcome.exitStatus.rawValue
        requests = report.requests
        bars_compared = findings.barsCompared
        bars_differing = findings.barsDiffering
        days_not_compared = findings.daysNotCompared
        rows_differing = findings.rowsChanged
        rows_missing = findings.rowsMissing
        rows_made_up = findings.rowsMadeUp
        repaired = report.isRepaired
        self_disagreements = findings.selfDisagreements.count
        first_candle = findings.beginning?.is.iso8601
        gone_since = findings.goneSince?.iso8601
        differences = findings.differences.map(DifferenceDocument.init)
    }
}

/// A row that differs: `old` as it was kept, `new` as the exchange has it; null where there is none.
struct DifferenceDocument: Encodable {
    let open_time: String
    let kind: String
    let old: [Double]?
    let new: [Double]?

    init(_ difference: RowDifference) {
        open_time = difference.openTime.iso8601
        kind = difference.kind.rawValue
        old = difference.old.map(Self.values)
        new = difference.new.map(Self.values)
    }

    private enum CodingKeys: CodingKey { case open_time, kind, old, new }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(open_time, forKey: .open_time)
        try fields.encode(kind, forKey: .kind)
        try fields.encode(old, forKey: .old)
        try fields.encode(new, forKey: .new)
    }

    /// Open, high, low, close, volume.
    private static func values(_ candle: Candle) -> [Double] {
        [candle.open, candle.high, candle.low, candle.close, candle.volume]
    }
}
