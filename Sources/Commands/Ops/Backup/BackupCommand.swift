import Alerts
import ArgumentParser
import Backup
import CommandRuntime
import Logging

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Backs up every configured database and the host's journal, and reads each backup back.",
        discussion: """
            Files go to BACKUP_DIR. After a backup that is verified and not suspicious, those that RETENTION_DAYS no longer keeps are \
            removed; the three newest good ones always stay. A backup with far fewer rows than the last good one is kept, but does not \
            count as good (12).
            """)

    @Option(help: "Back up only this: sqlite, postgres or journal.")
    var type: BackupType?

    @Flag(help: "The rows that are missing since the last backup are rightly gone.")
    var acceptFewerRows = false

    @Flag(help: "Remove old backups also where that would be more than half of them, or the clock looks wrong.")
    var forceRetention = false

    @Option(help: "Why the backup is made: scheduled (a timer's) or manual.")
    var occasion = BackupOccasion.manual

    @Flag(help: "Make and remove nothing; say what would be removed, and why.")
    var dryRun = false

    @Flag(help: "Back up nothing; make the key that signs backups (BACKUP_KEY_FILE) where there is none.")
    var makeKey = false

    @Option(help: "Seconds to wait where another run is at work in the folder.")
    var wait = 0

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            guard (0...86_400).contains(wait) else { throw OptionsFault.outOfRange("--wait", "0 to 86400") }
            if makeKey, dryRun { throw OptionsFault.conflict("--make-key", "--dry-run") }
            let stop = StopSignals()
            let parts = Composition(settings: try await common.settings())
            if makeKey { return try BackupKeyMaking(parts: parts, output: output).run() }
            if dryRun {
                return try BackupPreview(parts: parts, output: output, forcesRetention: forceRetention).run(type)
            }
            output.keep(in: parts.settings.logs, as: "backup")
            let job = BackupJob(
                parts: parts, output: output, type: type, occasion: occasion, acceptsFewerRows: acceptFewerRows,
                forcesRetention: forceRetention, patience: .seconds(wait))
            let ping = parts.ping(note: { output.note($0, .warning) })
            await ping?.start()
            let status: ExitStatus
            do {
                status = try await stop.run(grace: .zero) { try await job.run() }
            } catch {
                await ping?.end(ExitStatus(ending: error).rawValue)
                throw error
            }
            await ping?.end(status.rawValue)
            return status
        }
    }
}

extension BackupType: ExpressibleByArgument {}
extension BackupOccasion: ExpressibleByArgument {}
