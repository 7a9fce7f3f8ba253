import Foundation
import GRDB
import Storage
import SystemPackage

/// A folder beside a database for the files of one restore: on the same disk, and its owner's alone.
///
/// The kernel knows whether the restore lives: it holds a lock on the folder.
struct RestoreScratch {
    let path: String
    private let folder: FileDescriptor

    /// Makes the database's own folder too, where there is none.
    ///
    /// - Throws: `BackupFault.notWritten`.
    init(beside file: String) throws(BackupFault) {
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        path = Self.prefix(file) + Self.mark + String(repeating: "0", count: 8 - digits.count) + digits
        do {
            let manager = FileManager.default
            try manager.createDirectory(
                at: URL(filePath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
            try manager.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            folder = try Self.open(path)
            guard flock(folder.rawValue, LOCK_EX | LOCK_NB) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw .notWritten(path: path, reason: (error as NSError).localizedDescription)
        }
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// Removes it with everything in it.
    func remove() {
        // What cannot be removed now, the next restore finds.
        try? FileManager.default.removeItem(atPath: path)
        try? folder.close()
    }

    /// Removes the folders of restores that are dead.
    ///
    /// - Returns: Their names.
    static func removeLeftovers(beside file: String) -> [String] {
        let prefix = URL(filePath: prefix(file))
        let parent = prefix.deletingLastPathComponent()
        // No folder, no leftovers.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        return names.filter { isGenerated($0, prefix.lastPathComponent) }.sorted().filter { name in
            let path = parent.appending(path: name).path
            guard holdsOnlyOurs(path) else { return false }
            guard let folder = try? open(path) else { return false }
            defer { try? folder.close() }  // It was only locked.
            guard flock(folder.rawValue, LOCK_EX | LOCK_NB) == 0 else { return false }
            return (try? FileManager.default.removeItem(atPath: path)) != nil
        }
    }

    private static let mark = "cryptotrader-"

    /// Whether a restore names its folder so; earlier versions left out the mark.
    private static func isGenerated(_ name: String, _ prefix: String) -> Bool {
        name.hasPrefix(prefix)
            && name.dropFirst(prefix.count).wholeMatch(of: /(cryptotrader-[0-9a-f]{8}|[0-9a-f]{1,8})/) != nil
    }

    /// A file of any other name is somebody's.
    private static func holdsOnlyOurs(_ path: String) -> Bool {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return false }
        return names.allSatisfy { $0.wholeMatch(of: /(new|before|fitted)\.db(-journal|-wal|-shm)?/) != nil }
    }

    private static func prefix(_ file: String) -> String {
        let url = URL(filePath: file)
        return url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).restore-").path
    }

    private static func open(_ path: String) throws -> FileDescriptor {
        try FileDescriptor.open(FilePath(path), .readOnly, options: [.directory, .noFollow, .closeOnExec])
    }
}

/// A backup of an SQLite file, unpacked into a file of its own, compared with its manifest, and migrated.
struct UnpackedDatabase {
    let file: SQLiteFile
    /// What it holds, after the migration and with an id of its own.
    let tables: [TableSum]

    /// - Throws: `BackupFault`, `GzipFault`, `StorageFault.schemaNewer`, `CancellationError`.
    init(_ archive: RestoreArchive, at path: String, allowsForeignObjects: Bool) async throws {
        let name = URL(filePath: archive.path).lastPathComponent
        file = SQLiteFile(path: path)
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let raw = try ArchiveReader.unpack(archive.path, to: path, limit: UnpackLimit(of: archive, in: folder))
        if let manifest = archive.manifest, manifest.raw != raw {
            throw BackupFault.damaged(file: name, problem: "its content differs from the one that was written")
        }
        do {
            if !archive.isOurs {
                let objects = try file.change(SQLiteContents.foreignObjects)
                if !objects.isEmpty, !allowsForeignObjects {
                    throw RestoreFault.foreignObjects(file: name, objects: objects)
                }
            }
            let found = try Self.examine(file, name, archive.manifest)
            let migrated = try await Self.migrate(file, from: found.version) ?? found.tables
            tables = found.version == nil ? migrated : try Self.renewID(of: file, migrated)
        } catch let error as DatabaseError {
            throw BackupFault.damaged(file: name, problem: error.text)
        }
    }

    private static func examine(
        _ file: SQLiteFile, _ name: String, _ manifest: Manifest?
    ) throws -> (version: Int?, tables: [TableSum]) {
        try file.change { db in
            // Else its header would carry WAL mode into a database that is not in it.
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
            if let problem = try SQLiteContents.problem(db) { throw BackupFault.damaged(file: name, problem: problem) }
            let tables = try SQLiteTableSums.read(db)
            if let manifest, let difference = TableSum.difference(tables, manifest.tables) {
                throw BackupFault.damaged(file: name, problem: difference)
            }
            let version = try db.candleSchemaVersion()
            let known = Migration.sqlite.last?.version ?? 0
            if let version, version > known {
                throw StorageFault.schemaNewer(database: name, found: version, known: known)
            }
            return (version, tables)
        }
    }

    /// - Returns: What it holds then; nil where there was nothing to migrate.
    private static func migrate(_ file: SQLiteFile, from version: Int?) async throws -> [TableSum]? {
        guard let version, version < Migration.sqlite.last?.version ?? 0 else { return nil }
        let store = try await DatabaseLocation.sqlite(path: file.path).openStore(
            clock: ContinuousClock(), backup: .waived)
        await store.close()
        return try file.change { db in
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
            return try SQLiteTableSums.read(db)
        }
    }

    /// A job that knew the database before must not take this one for it.
    ///
    /// - Returns: `tables` with the sum of `meta` as it is then.
    private static func renewID(of file: SQLiteFile, _ tables: [TableSum]) throws -> [TableSum] {
        let meta = try file.change { db in
            try db.execute(sql: DatabaseID.renewInSQLite)
            return try SQLiteTableSums.read("meta", db)
        }
        return tables.map { $0.name == meta.name ? meta : $0 }
    }
}
