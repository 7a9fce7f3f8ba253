import Candles
import Foundation
import Host
import SystemPackage

/// Puts an unpacked database where there is none, or one that SQLite cannot open: under its name, by renaming.
struct SQLiteReplacement {
    let live: SQLiteFile
    /// The database's identity.
    let database: String
    let now: @Sendable () -> UnixMilliseconds
    let emit: @Sendable (BackupEvent) -> Void

    /// - Throws: `RestoreFault`; `BackupFault`, `DatabaseError`, `CancellationError` where everything is as before.
    func run(_ unpacked: UnpackedDatabase) throws {
        let holders = OpenFiles.holders(of: SQLiteFile.suffixes.map { live.path + $0 })
        if !holders.isEmpty { throw RestoreFault.inUse(path: live.path, processes: holders) }
        try takeOver(unpacked.file)
        let aside = try MovedAside(live.path, database: database, at: now())
        do {
            try ArchiveFile.replace(live.path, by: unpacked.file.path)
            try ArchiveFile.syncFolder(folder)
            emit(.restoring("comparing \(live.path) with the backup"))
            if let problem = try live.problem(expecting: unpacked.tables) {
                throw BackupFault.sourceDamaged(database: database, problem: problem)
            }
        } catch {
            // It goes with the other scratch files, where it had got that far.
            try? ArchiveFile.replace(unpacked.file.path, by: live.path)
            try aside.back(database: database, cause: SQLiteOverwrite.text(error))
            throw error
        }
        if let place = aside.place { emit(.restoring("what was there is kept as \(place)")) }
    }

    private var folder: String { URL(filePath: live.path).deletingLastPathComponent().path }

    /// Whoever could open the old file can open the new one; where there was none, whoever owns the folder.
    private func takeOver(_ file: SQLiteFile) throws {
        let manager = FileManager.default
        let old = live.exists ? live.path : folder
        let there = try FilePath(old).stat()
        var attributes: [FileAttributeKey: Any] = [:]
        if live.exists { attributes[.posixPermissions] = there.permissions.rawValue & 0o7777 }
        if geteuid() == 0 {
            attributes[.ownerAccountID] = there.userID.rawValue
            attributes[.groupOwnerAccountID] = there.groupID.rawValue
        }
        try manager.setAttributes(attributes, ofItemAtPath: file.path)
    }
}

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
