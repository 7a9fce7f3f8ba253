import Candles
import CommandRuntime
import Ingest
import Journal
import Logging
import Resilience
import Storage

/// Runs a backfill, a realtime read or a gap repair: locks, the journal's record, progress, report, exit status.
struct BackfillRun {
    let kind: JobKind
    let output: CommandOutput
    let stop: StopSignals

    func run(_ job: BackfillJob, _ parts: Composition) async throws -> ExitStatus {
        let report = try await report(job, parts)
        if output.json { output.print(BackfillDocument(report)) }
        return report.outcome.exitStatus
    }

    /// Runs the job and shows how it goes, without a document.
    func report(_ job: BackfillJob, _ parts: Composition) async throws -> BackfillReport {
        let journal = try parts.journal()
        let progress = ProgressReport(output: output, showsOnlyTheEnd: kind.isFrequent)
        let exchange = parts.exchange(journal, kind, emit: progress.receive)
        let report =
            kind.isFrequent
            ? try await exchange.takingTurn(servedAt: servedAt(job.series, journal)) {
                try await work(job, parts, journal, exchange, progress)
            }
            : try await work(job, parts, journal, exchange, progress)
        progress.finish(report)
        return report
    }

    /// A series that was never served is the oldest of all.
    private func servedAt(_ series: Series, _ journal: Journal) async throws -> UnixMilliseconds {
        try await journal.lastEnd(
            of: kind.name, series: "\(series)", outcome: BackfillReport.Outcome.complete.rawValue) ?? 0
    }

    private func work(
        _ job: BackfillJob, _ parts: Composition, _ journal: Journal, _ exchange: BitfinexREST<ContinuousClock>,
        _ progress: ProgressReport
    ) async throws -> BackfillReport {
        let store = try await parts.openStore { progress.receive(.away($0, askingAgainAfter: $1)) }
        let meter = RunMeter(journal: journal, clock: ContinuousClock())
        let backfill = parts.backfill(
            exchange, store, kind, stop: stop,
            emit: {
                progress.receive($0)
                meter.receive($0)
            })
        let report = try await JobLocks(journal: journal, store: store).hold(kind, job.series) {
            let run = try await journal.beginRun(job: kind.name, series: "\(job.series)", memory: kind.memory)
            output.belongs(to: run)
            do {
                if try await mayFollowAnOutage(job.series, journal) {
                    try await parts.outageReport(journal, output).tell(of: store)
                }
                let report = try await meter.during(run) { try await backfill.run(job) }
                let message = report.fault?.summary ?? progress.warning
                await close(run, in: journal, report.outcome.rawValue, message)
                return report
            } catch {
                await close(run, in: journal, "failed", (error as? any Fault)?.summary ?? "stopped")
                throw error
            }
        }
        await store.close()
        return report
    }

    /// A gap repair looks always, a job of every minute only after it has not come for a while.
    private func mayFollowAnOutage(_ series: Series, _ journal: Journal) async throws -> Bool {
        if kind != .realtime { return kind == .gapRepair }
        return Composition.now() - (try await servedAt(series, journal)) > SharedOutage.shortest
    }

    /// A journal that cannot take the record does not change what the run achieved.
    private func close(_ run: Int64, in journal: Journal, _ outcome: String, _ message: String?) async {
        do {
            try await journal.endRun(run, outcome: outcome, message: message)
        } catch {
            output.belongs(to: nil)
            output.note("warning: the run is not recorded: \(error)", .warning)
        }
    }
}

extension BackfillReport.Outcome {
    var exitStatus: ExitStatus {
        switch self {
        case .complete: .complete
        case .partial: .partial
        case .rateLimited: .rateLimited
        case .suspect: .suspect
        case .unavailable: .unavailable
        }
    }
}
