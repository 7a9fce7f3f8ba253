import ArgumentParser
import Backup
import CommandRuntime
import Jobs

struct BackupsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backups",
        abstract: "List the backups in BACKUP_DIR: age, size, rows, and their verifications.")

    @Option(help: "List only these: sqlite, postgres or journal.")
    var type: BackupType?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let folder = Composition(settings: try await common.settings(SettingPart.backup)).folder
            let backups = try folder.backups().filter { type == nil || $0.name.type == type }
            common.output.print(BackupList(backups, in: folder, now: Composition.now()))
            return .complete
        }
    }
}

extension CommandOutput {
    func print(_ list: BackupList) { json ? print(list.document) : say(lines: list.lines) }
}
