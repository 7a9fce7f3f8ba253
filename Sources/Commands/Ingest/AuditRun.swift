import Candles
import CommandRuntime
import Ingest
import Journal
import Logging
import Resilience
import Storage

/// Runs an audit: locks, the journal's record, what is said of it, exit status.
struct AuditRun {
    let output: CommandOutput
    let stop: StopSignals

    func run(_ job: AuditJob, _ parts: Composition) async throws -> ExitStatus {
        let journal = try parts.journal()
        let text = AuditText(output: output)
        let progress = ProgressReport(output: output)
        let store = try await parts.openStore { progress.receive(.away($0, askingAgainAfter: $1)) }
        let meter = RunMeter(journal: journal, clock: ContinuousClock())
        let audit = Audit(
            exchange: parts.exchange(journal, .audit, emit: progress.receive), store: store, now: Composition.now,
            isStopping: { stop.isStopping },
            emit: {
                text.receive($0)
                meter.receive($0)
            })
        let kind = JobKind.audit
        let report = try await JobLocks(journal: journal, store: store).hold(kind, job.series) {
            let run = try await journal.beginRun(job: kind.name, series: "\(job.series)", memory: kind.memory)
            output.belongs(to: run)
            do {
                let report = try await meter.during(run) { try await audit.run(job) }
                await close(run, in: journal, report.outcome.rawValue, report.findings.fault?.summary)
                return report
            } catch {
                await close(run, in: journal, "failed", (error as? any Fault)?.summary ?? "stopped")
                throw error
            }
        }
        await store.close()
        text.finish(report)
        if output.json { output.print(AuditDocument(report)) }
        return report.outcome.exitStatus
    }

    /// A journal that cannot take the record does not change what the run found.
    private func close(_ run: Int64, in journal: Journal, _ outcome: String, _ message: String?) async {
        do {
            try await journal.endRun(run, outcome: outcome, message: message)
        } catch {
            output.belongs(to: nil)
            output.note("warning: the run is not recorded: \(error)", .warning)
        }
    }
}
