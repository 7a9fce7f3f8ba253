package import Jobs
import Journal
import Resilience
import Storage

/// One run of `ops backup`: each database in its turn, whatever became of the one before.
package struct BackupJob: Sendable {
    package struct Wishes: Sendable {
        let type: BackupType?
        let occasion: BackupOccasion
        let acceptsFewerRows: Bool
        let forcesRetention: Bool
        let patience: Duration

        /// `patience` is how long another run in the folder is waited for.
        package init(
            type: BackupType?, occasion: BackupOccasion, acceptsFewerRows: Bool, forcesRetention: Bool,
            patience: Duration
        ) {
            self.type = type
            self.occasion = occasion
            self.acceptsFewerRows = acceptsFewerRows
            self.forcesRetention = forcesRetention
            self.patience = patience
        }
    }

    private let wishes: Wishes
    private let parts: BackupParts
    private let output: any JobOutput

    package init(_ wishes: Wishes, parts: BackupParts, output: any JobOutput) {
        self.wishes = wishes
        self.parts = parts
        self.output = output
    }

    package func run() async throws -> BackupsDocument {
        let sources = try parts.sources(of: wishes.type)
        let folder = parts.folder
        try folder.prepare()
        let lock = try await folder.lock(patience: wishes.patience)
        defer { lock.release() }
        let report = BackupReport(output: output)
        try FolderJanitor(folder, emit: report.receive).clean()
        await cleanDatabases(report)
        var documents: [BackupDocument] = []
        for source in sources {
            documents.append(try await backUp(source, in: folder, report))
            try Task.checkCancellation()
        }
        return BackupsDocument(documents)
    }

    /// Removes what killed restores left; where it cannot, the next restore does.
    private func cleanDatabases(_ report: BackupReport) async {
        for database in parts.databases(of: wishes.type) {
            let removed = (try? await parts.restoreTarget(database).clean()) ?? []
            for name in removed { report.receive(.cleaned("\(name): left by a restore, and removed")) }
        }
    }

    /// Databases that restores replaced long ago go only after a good backup; where they cannot, a later run does it.
    private func forgetReplaced(of source: any BackupSource, in folder: BackupFolder, _ report: BackupReport) async {
        guard let database = parts.databases.first(where: { $0.identity == source.database }) else { return }
        do {
            let subject = RetentionSubject(type: source.type, database: source.database)
            let good = subject.good(among: try folder.backups(), now: parts.now()).map(\.name.time)
            for name in try await parts.restoreTarget(database).forgetReplaced(after: good) {
                report.receive(
                    .removed(file: "the database \(name)", reason: "a restore replaced it more than 7 days ago"))
            }
        } catch {
            output.note(
                "warning: databases of before a restore are not cleared: \((error as? any Fault)?.summary ?? "\(error)")"
            )
        }
    }

    /// A fault ends this backup, not the run.
    private func backUp(
        _ source: any BackupSource, in folder: BackupFolder, _ report: BackupReport
    ) async throws -> BackupDocument {
        let memory = try? parts.journal()  // A backup is made also where the journal is what is broken.
        let run = try? await memory?.beginRun(job: JobName.backup.rawValue, series: source.type.rawValue)
        output.belongs(to: run)
        defer { output.belongs(to: nil) }
        var document = BackupDocument(type: source.type.rawValue, database: source.database)
        do {
            let manifest = try await BackupRun(
                source, in: folder, occasion: wishes.occasion, acceptsFewerRows: wishes.acceptsFewerRows,
                now: parts.now,
                emit: report.receive
            ).run()
            document.describe(manifest)
            if let suspicion = manifest.suspicion {
                throw BackupFault.suspicious(file: manifest.file, reason: suspicion)
            }
            let plan = try RetentionRun(folder, policy: parts.retention, emit: report.receive)
                .apply(after: manifest, now: parts.now(), forced: wishes.forcesRetention)
            document.removed = plan.removals.map(\.backup.name.file)
            if plan.refusal != nil { document.exitCode = ExitStatus.suspect.rawValue }
            if plan.refusal == nil { await forgetReplaced(of: source, in: folder, report) }
        } catch  where !(error is CancellationError) && !Task.isCancelled {
            report.end()
            output.fail(error, document: false)
            document.fail(error)
        }
        await RunRecord(run, in: memory, output: output).close(.init(document.outcome, document.message))
        return document
    }
}
