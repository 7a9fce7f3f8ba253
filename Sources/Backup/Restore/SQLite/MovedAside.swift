import Candles
import Foundation

/// A database file with all that SQLite keeps beside it, under another name: its log alone would spoil whatever takes its place.
struct MovedAside {
    private let path: String
    private let name: String
    private var moved: [String] = []

    /// Where it lies now; nil where there was nothing.
    var place: String? { moved.isEmpty ? nil : name }

    /// - Throws: `BackupFault.notWritten`; then everything has its old name, or `commands` of `RestoreFault` gives it back.
    init(_ path: String, database: String, at now: UnixMilliseconds) throws {
        self.path = path
        name = Self.freeName(path, at: now)
        do {
            for suffix in SQLiteFile.suffixes where Self.exists(path + suffix) {
                try ArchiveFile.replace(name + suffix, by: path + suffix)
                moved.append(suffix)
            }
            try ArchiveFile.syncFolder(URL(filePath: path).deletingLastPathComponent().path)
        } catch {
            try back(database: database, cause: SQLiteOverwrite.text(error))
            throw error
        }
    }

    /// Gives everything its old name.
    ///
    /// - Throws: `RestoreFault.notRolledBack`.
    func back(database: String, cause: String) throws {
        var left = moved
        do {
            while let suffix = left.last {
                try ArchiveFile.replace(path + suffix, by: name + suffix)
                left.removeLast()
            }
            try ArchiveFile.syncFolder(URL(filePath: path).deletingLastPathComponent().path)
        } catch {
            throw RestoreFault.notRolledBack(
                database: database, cause: "\(cause); then: \(SQLiteOverwrite.text(error))",
                commands: left.reversed().map { suffix in
                    "mv \(SQLiteOverwrite.shell(name + suffix)) \(SQLiteOverwrite.shell(path + suffix))"
                })
        }
    }

    /// `PATH.pre_20261121_020000`, or the first second after it that is free.
    static func freeName(_ path: String, at now: UnixMilliseconds) -> String {
        var time = now
        while true {
            let digits = time.iso8601.filter(\.isNumber)
            let name = "\(path).pre_\(digits.prefix(8))_\(digits.dropFirst(8).prefix(6))"
            if !SQLiteFile.suffixes.contains(where: { exists(name + $0) }) { return name }
            time += 1000
        }
    }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
