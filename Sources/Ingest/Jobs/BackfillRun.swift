import Candles
package import Jobs
import Journal
import Resilience
import Storage

/// Runs a backfill, a realtime read or a gap repair: locks, the journal's record, progress, report, exit status.
package struct BackfillRun: Sendable {
    private let kind: JobKind
    private let parts: any JobParts
    private let output: any JobOutput

    package init(kind: JobKind, parts: any JobParts, output: any JobOutput) {
        self.kind = kind
        self.parts = parts
        self.output = output
    }

    /// Runs the job and shows how it goes.
    package func run(_ job: BackfillJob) async throws -> BackfillReport {
        let journal = try parts.journal()
        let progress = ProgressReport(output: output, showsOnlyTheEnd: kind.isFrequent)
        let exchange = parts.exchange(journal, kind, emit: progress.receive)
        let report =
            kind.isFrequent
            ? try await exchange.takingTurn(servedAt: servedAt(job.series, journal)) {
                try await work(job, journal, exchange, progress)
            }
            : try await work(job, journal, exchange, progress)
        progress.finish(report)
        return report
    }

    /// A series that was never served is the oldest of all.
    private func servedAt(_ series: Series, _ journal: Journal) async throws -> UnixMilliseconds {
        try await journal.lastEnd(
            of: kind.name, series: "\(series)", outcome: BackfillReport.Outcome.complete.rawValue) ?? 0
    }

    private func work(
        _ job: BackfillJob, _ journal: Journal, _ exchange: BitfinexREST<ContinuousClock>, _ progress: ProgressReport
    ) async throws -> BackfillReport {
        let store = try await parts.openStore { progress.receive(.away($0, askingAgainAfter: $1)) }
        let meter = RunMeter(journal: journal, clock: ContinuousClock())
        let backfill = parts.backfill(
            exchange, store, kind,
            emit: {
                progress.receive($0)
                meter.receive($0)
            })
        let report = try await JobLocks(journal: journal, store: store).hold(kind, job.series) {
            let run = try await journal.beginRun(job: kind.name, series: "\(job.series)", memory: kind.memory)
            return try await RunRecord(run, in: journal, output: output).during {
                if try await mayFollowAnOutage(job.series, journal) {
                    try await parts.outageReport(journal, output).tell(of: store)
                }
                return try await meter.during(run) { try await backfill.run(job) }
            } endedAs: { (report: BackfillReport) in
                .init(report.outcome.rawValue, report.fault?.summary ?? progress.warning)
            }
        }
        await store.close()
        return report
    }

    /// A gap repair looks always, a job of every minute only after it has not come for a while.
    private func mayFollowAnOutage(_ series: Series, _ journal: Journal) async throws -> Bool {
        if kind != .realtime { return kind == .gapRepair }
        return parts.now() - (try await servedAt(series, journal)) > SharedOutage.shortest
    }
}

extension BackfillReport.Outcome {
    package var exitStatus: ExitStatus {
        switch self {
        case .complete: .complete
        case .partial: .partial
        case .rateLimited: .rateLimited
        case .suspect: .suspect
        case .unavailable: .unavailable
        }
    }
}
