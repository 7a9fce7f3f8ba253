import ArgumentParser
import Backup
import Candles
import CommandRuntime

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
            BackupList(backups, now: Composition.now()).print(folder, on: common.output)
            return .complete
        }
    }
}

/// Backups as a table or a document, newest first.
struct BackupList {
    private let entries: [Entry]

    init(_ backups: [StoredBackup], now: UnixMilliseconds) {
        entries = backups.reversed().map { Entry($0, now: now) }
    }

    func print(_ folder: BackupFolder, on output: CommandOutput) {
        if output.json { return output.print(["backups": entries]) }
        if entries.isEmpty { return output.say("No backups in \(folder.path). Try: ops backup") }
        var table = TextTable(["file", "database", "verified", "age", "size", "rows", "newest candle"])
        for entry in entries {
            table.add([
                entry.file, entry.database ?? "-", entry.standing, entry.age, "\(ByteCount(entry.bytes))",
                entry.rows.map { "\($0)" } ?? "-", entry.newestCandle ?? "-",
            ])
        }
        for line in table.lines { output.say(line) }
    }

    private struct Entry: Encodable {
        let file: String
        let type: String
        let database: String?
        let occasion: String?
        let createdAt: String
        let age: String
        let bytes: Int
        let rows: Int?
        let newestCandle: String?
        let good: Bool
        let standing: String
        let signature: String?
        let verifications: [Manifest.Verification]

        init(_ backup: StoredBackup, now: UnixMilliseconds) {
            let manifest = backup.known
            file = backup.name.file
            type = backup.name.type.rawValue
            database = manifest?.database
            occasion = manifest?.occasion.rawValue
            createdAt = backup.name.time.iso8601
            age = "\(Age(now - backup.name.time))"
            bytes = backup.bytes
            rows = manifest?.rows
            newestCandle = manifest?.newestCandle
            good = backup.isGood
            standing = Self.standing(backup, now: now)
            signature = manifest == nil ? nil : backup.signature.rawValue
            verifications = manifest?.verifications ?? []
        }

        /// How it was verified, when, and whether it is to be trusted.
        private static func standing(_ backup: StoredBackup, now: UnixMilliseconds) -> String {
            switch backup.manifest {
            case .missing: return "no manifest"
            case .damaged: return "manifest damaged"
            case .read where backup.signature == .wrong: return "SIGNATURE WRONG"
            case .read(let manifest):
                if let failed = manifest.verifications.first(where: { !$0.passed }) {
                    return "DAMAGED (\(failed.depth.rawValue))"
                }
                guard let last = manifest.verifications.max(by: { ($0.depth, $0.at) < ($1.depth, $1.at) }) else {
                    return "never"
                }
                let age = (try? UnixMilliseconds(iso8601: last.at)).map { " \(Age(now - $0)) ago" } ?? ""
                let doubt = backup.isOfTheFuture(now: now) ? "OF THE FUTURE, " : ""
                return doubt + (manifest.suspicion == nil ? "" : "SUSPICIOUS, ") + last.depth.rawValue + age
            }
        }

        enum CodingKeys: String, CodingKey {
            case file, type, database, occasion, age, bytes, rows, good, standing, signature, verifications
            case createdAt = "created_at"
            case newestCandle = "newest_candle"
        }
    }
}
