package import Jobs
import Journal
import Resilience
import Storage

/// Runs an audit: locks, the journal's record, and what is said of it.
package struct AuditRun: Sendable {
    private let parts: any JobParts
    private let output: any JobOutput

    package init(parts: any JobParts, output: any JobOutput) {
        self.parts = parts
        self.output = output
    }

    package func run(_ job: AuditJob) async throws -> AuditReport {
        let journal = try parts.journal()
        let text = AuditText(output: output)
        let progress = ProgressReport(output: output)
        let store = try await parts.openStore { progress.receive(.away($0, askingAgainAfter: $1)) }
        let meter = RunMeter(journal: journal, clock: ContinuousClock())
        let audit = Audit(
            exchange: parts.exchange(journal, .audit, emit: progress.receive), store: store, now: parts.now,
            isStopping: parts.isStopping,
            emit: {
                text.receive($0)
                meter.receive($0)
            })
        let kind = JobKind.audit
        let report = try await JobLocks(journal: journal, store: store).hold(kind, job.series) {
            let run = try await journal.beginRun(job: kind.name, series: "\(job.series)", memory: kind.memory)
            return try await RunRecord(run, in: journal, output: output).during {
                try await meter.during(run) { try await audit.run(job) }
            } endedAs: { (report: AuditReport) in
                .init(report.outcome.rawValue, report.findings.fault?.summary)
            }
        }
        await store.close()
        text.finish(report)
        return report
    }
}
