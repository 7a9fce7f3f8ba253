import Foundation
import GRDB
import Storage

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
            let version = try SQLiteContents.schemaVersion(db)
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
        let store = try SQLiteCandleStore(path: file.path, backup: .waived)
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
