import Backup
import CommandRuntime
import Foundation
import Storage

/// One run of `ops restore`.
struct RestoreJob: Sendable {
    let parts: Composition
    let database: DatabaseLocation
    let request: RestoreRequest
    let asksNobody: Bool
    let output: CommandOutput

    func run() async throws -> ExitStatus {
        let report = BackupReport(output: output)
        let run = RestoreRun(
            try parts.restoreTarget(database), from: parts.folder, request,
            makeSafetyBackup: { [database, folder = parts.folder] in
                try await BackupRun(
                    database.backupSource(), in: folder, occasion: .beforeRestore, now: Composition.now,
                    emit: report.receive
                ).run()
            }, now: Composition.now, emit: report.receive)
        let outcome = try await run.run(confirm: confirm)
        if outcome.ending == .planned { show(outcome.plan) }
        if outcome.ending == .declined { throw OptionsFault.notConfirmed("the restore of \(outcome.plan.name)") }
        if output.json { output.print(RestoreDocument(outcome)) } else { say(outcome) }
        return .complete
    }

    /// The folder of backups is locked meanwhile, and the night's backup must not wait for a person.
    private static let patience = Duration.seconds(900)

    private func confirm(_ plan: RestorePlan) async throws -> Bool {
        show(plan)
        if asksNobody { return true }
        output.ask("Type the database's name (\(plan.name)) to replace it: ")
        return try await TerminalAnswer.line(within: Self.patience) == plan.name
    }

    /// Beside the result, since that is the restored database.
    private func show(_ plan: RestorePlan) {
        for line in RestorePlanText(plan, now: Composition.now()).lines {
            request.isDryRun && !output.json ? output.say(line) : output.note(line)
        }
    }

    private func say(_ outcome: RestoreOutcome) {
        switch outcome.ending {
        case .planned: output.note("Nothing was changed.")
        case .declined: break
        case .swappedBack: output.say("\(outcome.plan.name) is again what it was before the restore.")
        case .restored:
            output.say("\(outcome.plan.name) was restored and compared with the backup.")
            if outcome.safetyBackup != nil {
                output.note("To take it back: ops restore --type \(BackupType(of: database).rawValue) --undo")
            }
        }
    }
}
