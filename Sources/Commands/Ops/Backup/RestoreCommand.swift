import ArgumentParser
import Backup
import CommandRuntime
import Foundation

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts a backup in the place of a database, after a backup of what is there.",
        discussion: """
            The newest good backup of the database is taken unless --file names another. It is read from end to end, the plan says \
            what would be lost, and the database's name must be typed. Programs that only read may stay; what writes is kept out. \
            Whatever fails, the database is as before (20); if that is not so, the message says what to do (21).
            """)

    @Option(help: "What to restore: sqlite or postgres.")
    var type: BackupType

    @Option(help: "The backup: a name in BACKUP_DIR, or a path.")
    var file: String?

    @Flag(help: "Do it without asking.")
    var yes = false

    @Flag(help: "List the backups of this type, and end.")
    var list = false

    @Flag(help: "Show the plan, and change nothing.")
    var dryRun = false

    @Flag(help: "Take the last restore back.")
    var undo = false

    @Flag(help: "Also a file without a manifest, such as one of pg_dump and gzip.")
    var allowUnverified = false

    @Flag(help: "Also a file that brings triggers, functions and the like that are not of this program.")
    var allowForeignObjects = false

    @Flag(help: "Do not back up what is there: there is no way back then.")
    var noSafetyBackup = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            try check()
            let parts = Composition(settings: try await common.settings())
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
