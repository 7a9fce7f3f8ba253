import ArgumentParser
import Backup
import CommandRuntime
import Foundation
import Jobs

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Replace a database by a backup, after a safety copy of the database.",
        discussion: """
            The default is the newest good backup of the database. It is verified first, the plan says what would be lost, and you \
            confirm by typing the name of the database. Programs that only read may continue; writers are locked out. If the restore \
            fails, the database is as before (20). If it is not, the message says what to do (21).
            """)

    @Option(help: "Type of the database: sqlite or postgres.")
    var type: BackupType

    @Option(help: "The backup: a name in BACKUP_DIR, or a path.")
    var file: String?

    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    @Flag(help: "List the backups of this type. Restore nothing.")
    var list = false

    @Flag(help: "Print the plan. Change nothing.")
    var dryRun = false

    @Flag(help: "Undo the last restore.")
    var undo = false

    @Flag(help: "Also restore an unsigned file or one without a manifest, such as one made by pg_dump and gzip.")
    var allowUnverified = false

    @Flag(help: "Also restore a file with triggers, functions and other objects that this program did not create.")
    var allowForeignObjects = false

    @Flag(help: "Make no safety copy. The restore cannot be undone then.")
    var noSafetyBackup = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            try check()
            let parts = Composition(settings: try await common.settings(SettingPart.backup))
            if list {
                let backups = try parts.folder.backups().filter { $0.name.type == type }
                common.output.print(BackupList(backups, in: parts.folder, now: Composition.now()))
                return .complete
            }
            let job = RestoreJob(
                request, of: try parts.databases(of: type)[0], parts: parts.backups, output: common.output)
            return try await StopSignals().run(grace: .zero) {
                let outcome = try await job.run { try await confirm($0, of: job) }
                if outcome.ending == .planned { show(outcome.plan, of: job) }
                if outcome.ending == .declined {
                    throw OptionsFault.notConfirmed("the restore of \(outcome.plan.name)")
                }
                if common.json { common.output.print(RestoreDocument(outcome)) } else { say(outcome) }
                return .complete
            }
        }
    }

    /// The folder of backups is locked meanwhile, and the night's backup must not wait for a person.
    private static let patience = Duration.seconds(900)

    private func confirm(_ plan: RestorePlan, of job: RestoreJob) async throws -> Bool {
        show(plan, of: job)
        if yes { return true }
        common.output.ask("Type the database's name (\(plan.name)) to replace it: ")
        return try await TerminalAnswer.line(within: Self.patience) == plan.name
    }

    /// Beside the result, since that is the restored database.
    private func show(_ plan: RestorePlan, of job: RestoreJob) {
        for line in job.lines(of: plan) { dryRun && !common.json ? common.output.say(line) : common.output.note(line) }
    }

    private func say(_ outcome: RestoreOutcome) {
        switch outcome.ending {
        case .planned: common.output.note("Nothing was changed.")
        case .declined: break
        case .swappedBack: common.output.say("\(outcome.plan.name) is again what it was before the restore.")
        case .restored:
            common.output.say("\(outcome.plan.name) was restored and compared with the backup.")
            if outcome.safetyBackup != nil {
                common.output.note("To take it back: ops restore --type \(type.rawValue) --undo")
            }
        }
    }

    private var request: RestoreRequest {
        var request = RestoreRequest()
        request.file = file
        request.isUndo = undo
        request.allowsUnverified = allowUnverified
        request.allowsForeignObjects = allowForeignObjects
        request.makesSafetyBackup = !noSafetyBackup
        request.isDryRun = dryRun
        return request
    }

    /// Before anything is touched.
    private func check() throws {
        if type == .journal { throw OptionsFault.outOfRange("--type", "sqlite or postgres") }
        if undo, file != nil { throw OptionsFault.conflict("--undo", "--file") }
        if list, undo || file != nil { throw OptionsFault.conflict("--list", undo ? "--undo" : "--file") }
        if !yes, !list, !dryRun, isatty(STDIN_FILENO) != 1 {
            throw OptionsFault.notConfirmed("without a terminal to ask on, the restore")
        }
    }
}
