import Backup
import Foundation
import TestSupport

/// Makes dumps of a database with `pg_dump` and `gzip`, as anybody would.
struct PostgresDump {
    let folder: ScratchFolder
    let url: String
    /// How `pg_dump` is called.
    var program = "pg_dump"

    /// A `pg_dump` of another version, as `scripts/test --long` makes one ready; nil without it.
    static let otherProgram = ProcessInfo.processInfo.environment["OTHER_PG_DUMP"]

    /// The archive that `filter` makes of the dump's text.
    func archive(_ name: String = "dump.sql.gz", through filter: String = "gzip -1") throws -> RestoreArchive {
        let path = folder.path(name)
        try Self.shell(
            "PGTZ=UTC PGOPTIONS='-c bytea_output=hex' \(program) --no-owner --no-privileges \"$1\" | \(filter) > \"$2\"",
            url, path)
        return RestoreArchive(path: path, manifest: nil)
    }

    /// The same archive with a manifest that says what the tables were.
    static func proven(_ archive: RestoreArchive, _ tables: [TableSum]) throws -> RestoreArchive {
        let content = try ArchiveReader.read(archive.path) { _ in }
        let fields = Fields(compressed: content.compressed, raw: content.raw, tables: tables)
        let manifest = try JSONDecoder().decode(Manifest.self, from: JSONEncoder().encode(fields))
        return RestoreArchive(path: archive.path, manifest: manifest)
    }

    private struct Fields: Encodable {
        var formatVersion = 1
        var type = BackupType.postgres
        var occasion = BackupOccasion.manual
        var file = "postgres_backup_20260101_000000.sql.gz"
        var database = "postgres:elsewhere"
        var host = "here"
        var createdAt = "2026-01-01T00:00:00Z"
        var finishedAt = "2026-01-01T00:00:01Z"
        let compressed: Manifest.Content
        let raw: Manifest.Content
        var source = Manifest.Source.postgres(server: "15", dump: "15")
        let tables: [TableSum]
        var verifications: [Manifest.Verification] = []
    }

    static func shell(_ command: String, _ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "set -o pipefail; " + command, "test"] + arguments
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw ShellFailure(command: command) }
    }

    @Sendable static func isInstalled(_ command: String) -> Bool {
        let program = command.prefix { $0 != " " }
        return (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }
    }

    struct ShellFailure: Error { let command: String }
}
