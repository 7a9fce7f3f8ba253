import ArgumentParser
import Backup
import CommandRuntime

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read backups completely, and compare every byte and row with their manifests.",
        discussion: """
            Without a name, the newest backup of each database is verified. --deep restores each into a scratch database, runs the \
            database's own checks and compares the rows. The live database is not touched. The manifest records the result. Exit code \
            12: at least one backup is damaged.
            """)

    @Argument(help: "Names in BACKUP_DIR, or paths.")
    var files: [String] = []

    @Flag(help: "Verify all backups.")
    var all = false

    @Flag(help: "Restore each backup into a scratch database, and compare the rows.")
    var deep = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            if all, !files.isEmpty { throw OptionsFault.conflict("--all", "a file's name") }
            let stop = StopSignals()
            let parts = Composition(settings: try await common.settings(SettingPart.backup))
            output.keep(in: parts.settings.logs, as: "verify")
            let job = VerifyJob(parts: parts.backups, output: output)
            let choice: VerifyJob.Choice = all ? .all : files.isEmpty ? .newest : .named(files)
            return try await stop.run(grace: .zero) {
                let found = try await job.run(choice, deep: deep)
                if output.json { output.print(found) }
                return found.status
            }
        }
    }
}
