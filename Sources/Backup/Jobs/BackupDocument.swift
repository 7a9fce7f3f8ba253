package import Jobs
import Journal
import Resilience

/// What `ops backup --json` prints.
package struct BackupsDocument: Encodable, Sendable {
    package let backups: [BackupDocument]
    private let exitCode: Int32

    init(_ backups: [BackupDocument]) {
        self.backups = backups
        exitCode = ExitStatus.worst(of: backups.compactMap { ExitStatus(rawValue: $0.exitCode) }).rawValue
    }

    package var status: ExitStatus { ExitStatus(rawValue: exitCode) ?? .bug }

    enum CodingKeys: String, CodingKey {
        case backups
        case exitCode = "exit_code"
    }
}

/// What became of the backup of one database.
package struct BackupDocument: Encodable, Sendable {
    let type: String
    let database: String
    var file: String?
    var bytes: Int?
    var rawBytes: Int?
    var rows: Int?
    var newestCandle: String?
    /// Files that retention removed.
    var removed: [String] = []
    /// The code of the fault that ended it.
    var error: String?
    var message: String?
    var exitCode = ExitStatus.complete.rawValue

    var outcome: String { error ?? (exitCode == 0 ? RunOutcome.complete : .suspect).rawValue }

    init(type: String, database: String) {
        self.type = type
        self.database = database
    }

    mutating func describe(_ manifest: Manifest) {
        file = manifest.file
        bytes = manifest.compressed.bytes
        rawBytes = manifest.raw.bytes
        rows = manifest.rows
        newestCandle = manifest.newestCandle
    }

    mutating func fail(_ fault: any Error) {
        error = (fault as? any Fault)?.code ?? "bug"
        message = (fault as? any Fault)?.summary ?? "\(fault)"
        exitCode = ExitStatus(ending: fault).rawValue
    }

    enum CodingKeys: String, CodingKey {
        case type, database, file, bytes, rows, removed, error, message
        case rawBytes = "raw_bytes"
        case newestCandle = "newest_candle"
        case exitCode = "exit_code"
    }
}
