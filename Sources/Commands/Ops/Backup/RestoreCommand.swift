import ArgumentParser
import Backup
import CommandRuntime
import Foundation

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
                BackupList(backups, now: Composition.now()).print(parts.folder, on: common.output)
                return .complete
            }
            let database = try parts.databases(of: type)[0]
            let job = RestoreJob(
                parts: parts, database: database, request: request, asksNobody: yes, output: common.output)
            return try await StopSignals().run(grace: .zero) { try await job.run() }
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
