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
