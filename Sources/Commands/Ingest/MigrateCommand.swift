import ArgumentParser
import CommandRuntime
import Storage

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Brings the database's schema up to date; every other command does so too.",
        discussion: "A database with candles is backed up to BACKUP_DIR first, and the backup is verified.")

    @Flag(help: "Migrate without that: you have a backup of your own.")
    var noBackup = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let store = try await Composition(settings: common.settings()).openStore(
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
