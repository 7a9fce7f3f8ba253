import Backup
import CommandRuntime
import Foundation
import Journal
import Resilience
import Storage

/// One run of `ops backup`: each database in its turn, whatever became of the one before.
struct BackupJob: Sendable {
    let parts: Composition
    let output: CommandOutput
    let type: BackupType?
    let occasion: BackupOccasion
    let acceptsFewerRows: Bool
    let forcesRetention: Bool
    let patience: Duration

    func run() async throws -> ExitStatus {
        let sources = try parts.sources(of: type)
        let folder = parts.folder
        try folder.prepare()
        let lock = try await folder.lock(patience: patience)
        defer { lock.release() }
        let report = BackupReport(output: output)
        try FolderJanitor(folder, emit: report.receive).clean()
        await cleanDatabases(report)
        var documents: [BackupDocument] = []
        for source in sources {
            documents.append(try await backUp(source, in: folder, report))
            try Task.checkCancellation()
        }
        let status = ExitStatus.worst(of: documents.compactMap { ExitStatus(rawValue: $0.exitCode) })
        if output.json { output.print(BackupsDocument(backups: documents, exitCode: status.rawValue)) }
        return status
    }

    /// Removes what killed restores left; where it cannot, the next restore does.
    private func cleanDatabases(_ report: BackupReport) async {
        for database in (try? parts.databases(of: type)) ?? [] {
            let removed = (try? await parts.restoreTarget(database).clean()) ?? []
            for name in removed { report.receive(.cleaned("\(name): left by a restore, and removed")) }
        }
    }

    /// Databases that restores replaced long ago go only after a good backup; where they cannot, a later run does it.
    private func forgetReplaced(of source: any BackupSource, in folder: BackupFolder, _ report: BackupReport) async {
        guard let database = parts.settings.databases.first(where: { $0.identity == source.database }) else { return }
        do {
            let subject = RetentionSubject(type: source.type, database: source.database)
            let good = subject.good(among: try folder.backups(), now: Composition.now()).map(\.name.time)
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
        let run = try? await memory?.beginRun(job: "backup", series: source.type.rawValue)
        output.belongs(to: run)
        defer { output.belongs(to: nil) }
        var document = BackupDocument(type: source.type.rawValue, database: source.database)
        do {
            let manifest = try await BackupRun(
                source, in: folder, occasion: occasion, acceptsFewerRows: acceptsFewerRows, now: Composition.now,
                emit: report.receive
            ).run()
            document.describe(manifest)
            if let suspicion = manifest.suspicion {
                throw BackupFault.suspicious(file: manifest.file, reason: suspicion)
            }
            let plan = try RetentionRun(folder, policy: parts.retention, emit: report.receive)
                .apply(after: manifest, now: Composition.now(), forced: forcesRetention)
            document.removed = plan.removals.map(\.backup.name.file)
            if plan.refusal != nil { document.exitCode = ExitStatus.suspect.rawValue }
            if plan.refusal == nil { await forgetReplaced(of: source, in: folder, report) }
        } catch  where !(error is CancellationError) && !Task.isCancelled {
            report.end()
            output.fail(error, document: false)
            document.fail(error)
        }
        if let run { try? await memory?.endRun(run, outcome: document.outcome, message: document.message) }
        return document
    }
}
