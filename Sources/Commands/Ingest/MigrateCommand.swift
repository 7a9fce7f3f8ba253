import ArgumentParser
import CommandRuntime
import Jobs
import Storage

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Migrate the database to the current schema. Every other command does this, too.",
        discussion: "A database with candles is first backed up to BACKUP_DIR, and the backup is verified.")

    @Flag(help: "Migrate without a backup. Use this only if you have one.")
    var noBackup = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let store = try await Composition(settings: common.settings(SettingPart.ingest)).openStore(
                backup: noBackup ? .waived : .required)
            await store.close()
            if common.json {
                common.output.print(["database": store.identity])
            } else {
                common.output.say("The schema of \(store.identity) is up to date.")
            }
            return .complete
        }
    }
}
