import Candles
import Foundation
import GRDB
import Gzip
import Resilience
import Storage
import SystemPackage

/// An SQLite file: the embedded database, or the host's journal.
package struct SQLiteSource: BackupSource {
    package let type: BackupType
    package let database: String
    private let path: String

    package init(path: String) { self.init(path: path, type: .sqlite) }

    package init(journal path: String) { self.init(path: path, type: .journal) }

    private init(path: String, type: BackupType) {
        self.path = path
        self.type = type
        database = DatabaseLocation.sqlite(path: path).identity
    }

    package func look() async throws -> SourceFacts {
        guard FileManager.default.fileExists(atPath: path) else { throw BackupFault.sourceMissing(database: database) }
        return try await faulting {
            let queue = try open()
            defer { try? queue.close() }  // It was only read.
            return try await queue.read { db in
                let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
                let bytes = try (Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0) * pageSize
                return SourceFacts(
                    source: .sqlite(
                        version: try String.fetchOne(db, sql: "SELECT sqlite_version()") ?? "", pageSize: pageSize,
                        journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""),
                    expectedBytes: max(1, bytes), scratchBytes: bytes,
                    schemaVersion: try db.candleSchemaVersion(),
                    newestCandle: try SQLiteContents.newestCandle(db))
            }
        }
    }

    /// Copies in one step, since under a writer a backup in small steps never ends; checks the copy while it is compressed.
    package func copy(
        into archive: ArchiveWriter, scratch: String, progress: @Sendable (Int) -> Void
    ) async throws -> [TableSum] {
        defer {
            for suffix in ["", "-journal", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: scratch + suffix)
            }
        }
        try faulting { try copyWhole(to: scratch) }
        async let sums = Self.check(scratch, of: database)
        do {
            try Gzip.readPieces(of: URL(filePath: scratch)) { piece in
                try Task.checkCancellation()
                try archive.feed(piece)
                progress(archive.bytes)
            }
        } catch {
            _ = try? await sums  // It reads the copy that is removed now.
            throw error
        }
        return try await sums
    }

    /// Each page is read once, so that a large cache would only cost memory.
    private static func configuration(_ more: String = "") -> Configuration {
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -128; \(more)") }
        return configuration
    }

    private func open() throws -> DatabaseQueue {
        var configuration = Self.configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private func copyWhole(to scratch: String) throws {
        // Whatever is not on disk when the machine fails is thrown away anyway.
        let configuration = Self.configuration("PRAGMA synchronous = OFF")
        let source = try open()
        defer { try? source.close() }  // It was only read.
        // Its name can be guessed: what has it is taken away, and SQLite finds a file that we made.
        try? FileManager.default.removeItem(atPath: scratch)
        try ArchiveFile.create(scratch).close()
        let copy = try DatabaseQueue(path: scratch, configuration: configuration)
        try source.backup(to: copy)
        // Else whoever opens the file would make a log beside it.
        try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try copy.close()
    }

    /// What SQLite itself thinks of the copy, and what is in it.
    @concurrent private static func check(_ path: String, of database: String) async throws -> [TableSum] {
        var configuration = Self.configuration()
        configuration.readonly = true
        let copy = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? copy.close() }  // It was only read.
        do {
            return try await copy.read { db in
                if let problem = try SQLiteContents.problem(db) {
                    throw BackupFault.sourceDamaged(database: database, problem: problem)
                }
                return try SQLiteTableSums.read(db)
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            // The library stops the statement of a task that is cancelled, and may tell it so.
            try Task.checkCancellation()
            throw error
        }
    }

    private func faulting<T>(_ body: () async throws -> T) async throws -> T {
        do { return try await body() } catch { throw fault(error) }
    }

    private func faulting<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw fault(error) }
    }

    /// What an SQLite error means for a backup; others are what they are.
    private func fault(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let reason = error.message ?? "result code \(error.extendedResultCode.rawValue)"
        return switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: BackupFault.sourceDamaged(database: database, problem: reason)
        case .SQLITE_FULL: BackupFault.notWritten(path: path, reason: reason)
        default: StorageFault(error, path: path)
        }
    }
}

/// What an SQLite database says of itself.
enum SQLiteContents {
    /// The user's tables, in the order of their names.
    static func tables(_ db: Database) throws -> [String] {
        try String.fetchAll(
            db,
            sql:
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
    }

    /// Tells it from another that takes its place; nil in a database of an older schema, or of somebody else.
    static func databaseID(_ db: Database) throws -> String? {
        guard try tables(db).contains("meta") else { return nil }
        return try? String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'database_id'")
    }

    /// Open time of the newest candle.
    static func newestCandle(_ db: Database) throws -> String? {
        guard try tables(db).contains("series_stats") else { return nil }
        return try Int64.fetchOne(db, sql: "SELECT max(last_open) FROM series_stats")?.iso8601
    }

    /// What acts by itself: triggers, and tables that a module makes up; this program's schema has neither.
    static func foreignObjects(_ db: Database) throws -> [String] {
        try Row.fetchAll(
            db,
            sql:
                "SELECT type, name, tbl_name FROM sqlite_master WHERE type = 'trigger' OR type NOT IN ('table', 'index', 'view') OR sql LIKE 'CREATE VIRTUAL%' ORDER BY name"
        ).map { row in
            let name: String = row["name"] ?? ""
            let plain = String(
                name.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : Character($0) })
            let kind: String = row["type"] ?? ""
            return "\(kind == "trigger" ? "trigger" : "virtual \(kind)") \(plain)"
        }
    }

    /// What SQLite finds wrong, or nil; reads all of it.
    static func problem(_ db: Database) throws -> String? {
        let words = try String.fetchAll(db, sql: "PRAGMA integrity_check(5)")
        if words != ["ok"] { return words.joined(separator: "; ") }
        let orphans = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
        return orphans == 0 ? nil : "\(orphans) rows refer to rows that are not there"
    }
}
