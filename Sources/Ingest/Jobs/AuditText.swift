import Candles
import Jobs
import Logging
import NIOConcurrencyHelpers
import Storage

/// What a person reads of an audit, on stderr.
struct AuditText: Sendable {
    let output: any JobOutput
    private let shown = NIOLockedValueBox(ContinuousClock.now)

    private static let mostLines = 20

    init(output: any JobOutput) { self.output = output }

    func receive(_ event: AuditEvent) {
        switch event {
        case .planned, .looked: break
        case .compared(let timeframe, let bars, let differing):
            if differing > 0 { output.note("\(differing) of \(bars) bars of \(timeframe) differ") }
        case .reading(let stretches):
            output.note("reading again: \(stretches.count) \(stretches.count == 1 ? "stretch" : "stretches")")
        case .pageRead(let time, let rows):
            let isDue = shown.withLockedValue { shown in
                guard ContinuousClock.now - shown > .seconds(10) else { return false }
                shown = .now
                return true
            }
            if isDue { output.note("read up to \(time.iso8601), \(rows) rows differ so far") }
        case .stretchFailed(let range, let fault):
            output.note("not read: \(range.start.iso8601) to \(range.end.iso8601): \(fault)", .warning)
        case .warned(let warning): output.note("warning: \(warning)", .warning)
        }
    }

    /// The rows that differ, what the exchange contradicts itself in, and one line that says it all.
    func finish(_ report: AuditReport) {
        let findings = report.findings
        for difference in findings.differences.prefix(Self.mostLines) { output.note(Self.text(difference)) }
        if findings.rows > Self.mostLines { output.note("… and \(findings.rows - Self.mostLines) more rows") }
        tell(findings.selfDisagreements)
        if let (was, new) = findings.beginning, !report.job.repairs {
            output.note("the first candle is that of \(new.iso8601), not of \(was.iso8601)")
        }
        if let since = findings.goneSince {
            output.note("\(report.job.series) is gone from the exchange since \(since.iso8601): nothing was compared")
        }
        if findings.daysNotCompared > 0 {
            output.note("not compared, since they are known in part only: \(findings.daysNotCompared) days")
        }
        let repaired = findings.rows == 0 ? "" : report.isRepaired ? ", repaired" : ", not repaired"
        output.note(
            """
            \(report.job.series) \(report.outcome.rawValue): \(findings.barsCompared) bars compared, \
            \(findings.barsDiffering) differ; \(findings.rowsChanged) rows changed, \(findings.rowsMissing) missing, \
            \(findings.rowsMadeUp) made up\(repaired); requests: \(report.requests)
            """)
        if let fault = findings.fault { output.fail(fault, document: false) }
        if report.outcome == .suspect, findings.fault == nil {
            output.note("Try: run it again with --repair.")
        }
    }

    private func tell(_ bars: [Disagreement]) {
        if bars.isEmpty { return }
        output.note("the exchange disagrees with itself, and our candles are its own; noted, and not told again:")
        for bar in bars.prefix(Self.mostLines) {
            output.note("  \(bar.timeframe) \(bar.openTime.iso8601): [\(bar.coarse)], its candles: [\(bar.folded)]")
        }
        if bars.count > Self.mostLines { output.note("  … and \(bars.count - Self.mostLines) more bars") }
    }

    private static func text(_ difference: RowDifference) -> String {
        "\(difference.openTime.iso8601) \(difference.kind.rawValue): \(text(difference.old)) → \(text(difference.new))"
    }

    private static func text(_ candle: Candle?) -> String {
        guard let candle else { return "nothing" }
        return "\(candle.open) \(candle.high) \(candle.low) \(candle.close) \(candle.volume)"
    }
}
