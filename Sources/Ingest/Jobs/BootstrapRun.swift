package import Jobs
import Logging
import Resilience
package import Storage

/// Does for each series, one after another: backfill, env files, timers.
package struct BootstrapRun: Sendable {
    package struct Wishes: Sendable {
        let days: Int
        let gapRepair: Bool
        let ignoresErrors: Bool

        package init(days: Int, gapRepair: Bool, ignoresErrors: Bool) {
            self.days = days
            self.gapRepair = gapRepair
            self.ignoresErrors = ignoresErrors
        }
    }

    private let wishes: Wishes
    private let parts: any JobParts
    private let output: any JobOutput
    private let folder: EnvFolder
    private let timers: UserTimers?

    /// `timers` is nil where no timers are wanted.
    package init(
        _ wishes: Wishes, parts: any JobParts, output: any JobOutput, folder: EnvFolder, timers: UserTimers?
    ) {
        self.wishes = wishes
        self.parts = parts
        self.output = output
        self.folder = folder
        self.timers = timers
    }

    /// - Throws: `CancellationError`, and nothing else: what went wrong stands in the document.
    package func run(_ instances: [BootstrapInstance]) async throws -> BootstrapDocument {
        var document = BootstrapDocument()
        let timersFault = try await checkTimers()
        for instance in instances {
            if parts.isStopping() {
                document.statuses.append(.partial)
                break
            }
            let (entry, statuses) = try await bootstrap(instance, withTimers: timersFault == nil)
            document.series.append(entry)
            document.statuses += statuses
            if statuses.contains(where: \.endsTheRun), !wishes.ignoresErrors { break }
        }
        let left = instances.count - document.series.count
        if left > 0 {
            output.note("\(left) of \(instances.count) series are left; run it again, or with --ignore-errors")
        }
        if let timersFault {
            document.timers_problem = .init(timersFault)
            document.statuses.append(ExitStatus(ending: timersFault))
            output.fail(timersFault, document: false)
        }
        return document
    }

    /// What a run would do; `Backfill.plan` tells how far its figures can be trusted.
    package func plan(
        _ instances: [BootstrapInstance], database: DatabaseLocation, show: (BootstrapDocument.Entry) -> Void
    ) async throws -> BootstrapDocument {
        var document = BootstrapDocument()
        let store = try await parts.openStore { _, _ in }
        let exchange = parts.exchange(
            try parts.journal(), .backfill, emit: ProgressReport(output: output).receive)
        let backfill = parts.backfill(exchange, store, .backfill, emit: { _ in })
        for instance in instances where !parts.isStopping() {
            var entry = BootstrapDocument.Entry(instance)
            entry.plan = PlanDocument(
                try await backfill.plan(job(instance)), requestsPerMinute: parts.requestsPerMinute, database: database)
            entry.files = try instance.files.map { file in
                .init(name: folder.path(of: file), state: try folder.standing(of: file).planned)
            }
            if timers != nil { entry.timers = instance.timers.map { .init(name: $0, state: "would be enabled") } }
            document.series.append(entry)
            show(entry)
        }
        await store.close()
        return document
    }

    private func job(_ instance: BootstrapInstance) -> BackfillJob {
        BackfillJob(series: instance.series, start: .daysBack(wishes.days), end: nil)
    }

    /// Asked before the first backfill, so that a person who waits for hours knows what will be missing.
    private func checkTimers() async throws -> (any Fault)? {
        guard let timers else { return nil }
        do {
            try await timers.check(BootstrapInstance.templates(gapRepair: wishes.gapRepair))
            return nil
        } catch let fault as any Fault {
            output.note("warning: \(fault.summary)", .warning)
            return fault
        }
    }

    private func bootstrap(
        _ instance: BootstrapInstance, withTimers: Bool
    ) async throws -> (BootstrapDocument.Entry, [ExitStatus]) {
        var entry = BootstrapDocument.Entry(instance)
        var statuses: [ExitStatus] = []
        do {
            let report = try await BackfillRun(kind: .backfill, parts: parts, output: output).run(job(instance))
            entry.backfill = BackfillDocument(report)
            statuses.append(report.outcome.exitStatus)
            for file in instance.files {
                let change = try settle(file)
                entry.files.append(.init(name: folder.path(of: file), state: change.rawValue))
                if change == .contradicts { statuses.append(.configuration) }
            }
            if let timers, withTimers, !statuses.contains(.configuration) {
                for timer in instance.timers {
                    let change = try await timers.enable(timer)
                    entry.timers.append(.init(name: timer, state: change.rawValue))
                    if change == .enabled { output.note("enabled \(timer)") }
                }
            }
        } catch let fault as any Fault {
            output.fail(fault, document: false)
            entry.problem = .init(fault)
            statuses.append(ExitStatus(ending: fault))
        }
        return (entry, statuses)
    }

    private func settle(_ file: InstanceFile) throws -> EnvFolder.Change {
        let path = folder.path(of: file)
        switch try folder.standing(of: file) {
        case .missing:
            try folder.write(file)
            output.note("wrote \(path)")
            return .written
        case .same: return .unchanged
        case .customized:
            output.note("kept \(path): it has other settings than bootstrap writes")
            return .kept
        case .contradicts(let settings):
            let found = settings.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            output.note(
                "Error: \(path) says \(found), which is another series; its timers are not enabled", .error)
            output.note("Try: correct the file, or remove it, and run this again.", .error)
            return .contradicts
        }
    }
}

extension InstanceFile.Standing {
    fileprivate var planned: String {
        switch self {
        case .missing: "would be written"
        case .same: "is there"
        case .customized: "is there with other settings, and stays"
        case .contradicts: "names another series, and stays"
        }
    }
}

extension ExitStatus {
    /// The next series would fare no better, or a person must act first.
    fileprivate var endsTheRun: Bool { ![.complete, .partial, .suspect, .configuration].contains(self) }
}
