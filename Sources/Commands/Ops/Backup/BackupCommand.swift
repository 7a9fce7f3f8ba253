import Alerts
import ArgumentParser
import Backup
import CommandRuntime
import Jobs
import Logging

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Back up every configured database and the journal of this host, and verify each backup.",
        discussion: """
            Backups are written to BACKUP_DIR. After a good backup, backups older than RETENTION_DAYS are deleted, but never the three \
            newest good ones. A backup with far fewer rows than the last good one is kept as suspicious and does not count as good \
            (12).
            """)

    @Option(help: "Back up only this type: sqlite, postgres or journal.")
    var type: BackupType?

    @Flag(help: "Accept that the database has far fewer rows than the last backup.")
    var acceptFewerRows = false

    @Flag(help: "Delete old backups even if that is more than half of them, or if the clock looks wrong.")
    var forceRetention = false

    @Option(help: "Occasion of the backup: scheduled (by a timer) or manual.")
    var occasion = BackupOccasion.manual

    @Flag(help: "Print which backups would be deleted, and why. Change nothing.")
    var dryRun = false

    @Flag(help: "Create the key that signs backups (BACKUP_KEY_FILE) if there is none. Back up nothing.")
    var makeKey = false

    @Option(help: "Seconds to wait if another run is using the folder.")
    var wait = 0

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            guard (0...86_400).contains(wait) else { throw OptionsFault.outOfRange("--wait", "0 to 86400") }
            if makeKey, dryRun { throw OptionsFault.conflict("--make-key", "--dry-run") }
            let stop = StopSignals()
            let parts = Composition(settings: try await common.settings(SettingPart.backup))
            if makeKey { return try BackupKeyMaking(parts: parts, output: output).run() }
            if dryRun { return try preview(parts) }
            output.keep(in: parts.settings.logs, as: "backup")
            let wishes = BackupJob.Wishes(
                type: type, occasion: occasion, acceptsFewerRows: acceptFewerRows, forcesRetention: forceRetention,
                patience: .seconds(wait))
            let ping = parts.ping(note: { output.note($0, .warning) })
            await ping?.start()
            let status: ExitStatus
            do {
                status = try await stop.run(grace: .zero) { try await backUp(wishes, parts, output) }
            } catch {
                await ping?.end(ExitStatus(ending: error).rawValue)
                throw error
            }
            await ping?.end(status.rawValue)
            return status
        }
    }

    private func backUp(_ wishes: BackupJob.Wishes, _ parts: Composition, _ output: CommandOutput) async throws
        -> ExitStatus
    {
        _ = try parts.databases(of: type)
        let document = try await BackupJob(wishes, parts: parts.backups, output: output).run()
        if output.json { output.print(document) }
        return document.status
    }

    private func preview(_ parts: Composition) throws -> ExitStatus {
        _ = try parts.databases(of: type)
        let preview = try BackupPreview(parts.backups, type, forcesRetention: forceRetention)
        preview.warnings.forEach { common.output.note($0) }
        common.json ? common.output.print(preview) : common.output.say(lines: preview.lines)
        return .complete
    }
}

extension BackupType: ExpressibleByArgument {}
extension BackupOccasion: ExpressibleByArgument {}
