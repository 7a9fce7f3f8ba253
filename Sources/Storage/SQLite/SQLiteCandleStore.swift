package import Candles
import Foundation
internal import GRDB
import SQLiteRows

/// Candles in one SQLite file, written by one connection in WAL mode.
package final class SQLiteCandleStore: CandleStore {
    package let path: String
    let queue: DatabaseQueue
    /// Which file was opened, and what the database in it was called then.
    private let opened: FileMark.Identity?
    private let databaseID: String?

    package var identity: String { DatabaseLocation.sqlite(path: path).identity }

    /// Opens the file, creating it and its folder where there is none, and brings the schema up to date.
    ///
    /// A file that this user cannot write is opened read-only; its schema must then be the current one.
    /// `pageLimit` is SQLite's `max_page_count`, for tests of a full disk.
    ///
    /// - Throws: `StorageFault`. Blocks for the time of a migration.
    package init(
        path: String, migrations: [Migration] = Migration.sqlite, backup: MigrationBackup = .required,
        pageLimit: Int? = nil
    ) throws(StorageFault) {
        self.path = path
        // SQLite's own files lie beside the file itself, not beside a link to it.
        let file = DatabaseLocation.file(at: path)
        let exists = FileManager.default.fileExists(atPath: file)
        let readOnly = exists && !FileManager.default.isWritableFile(atPath: file)
        if !exists { try Self.createFolder(of: file) }
        do {
            let name = readOnly ? Self.readableName(of: file) : file
            queue = try DatabaseQueue(
                path: name, configuration: Self.configuration(readOnly: readOnly, pageLimit: pageLimit))
            try SQLiteMigrator(path: path, queue: queue, migrations: migrations).run(readOnly: readOnly, backup: backup)
            opened = FileMark(path)?.identity
            databaseID = try queue.read { try $0.databaseID() }
        } catch {
            throw StorageFault(error, path: path)
        }
    }

    /// The name to open a file by that must not be written.
    ///
    /// SQLite reads in WAL mode by way of files beside it; where it cannot make them, it is told that nobody writes.
    private static func readableName(of path: String) -> String {
        let file = URL(filePath: path)
        let manager = FileManager.default
        let folder = file.deletingLastPathComponent().path
        if manager.isWritableFile(atPath: folder) || manager.fileExists(atPath: path + "-wal") { return path }
        return file.absoluteURL.absoluteString + "?immutable=1"
    }

    private static func createFolder(of path: String) throws(StorageFault) {
        let folder = URL(filePath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .cannotOpen(path: path, reason: "the folder \(folder.path) cannot be created")
        }
    }

    private static func configuration(readOnly: Bool, pageLimit: Int?) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        // Dozens of jobs of one host may write to one file; each holds the lock for some 20 ms.
        configuration.busyMode = .timeout(60)
        configuration.prepareDatabase { db in
            if !readOnly {
                try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
                if let pageLimit { try db.execute(sql: "PRAGMA max_page_count = \(pageLimit)") }
            }
            try db.execute(sql: "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY")
        }
        return configuration
    }

    package func close() async {
        // An error here means that a statement is still open; the process's end closes the file all the same.
        try? queue.close()
    }

    /// The host's journal keeps jobs on one file apart; SQLite itself has nothing to add.
    package func lock(_ name: String, shared: Bool) async throws -> Bool { true }

    package func ensureSame() async throws { try await read { _ in } }

    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await run(body) { try await queue.read($0) }
    }

    /// One IMMEDIATE transaction: it waits for the write lock at its start, where the busy timeout helps.
    func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await run(body) { try await queue.write($0) }
    }

    /// A file that was moved away goes on taking rows that nobody reads any more, and one that another took the place of, too.
    private func run<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T,
        by access: (@escaping @Sendable (Database) throws -> T) async throws -> T
    ) async throws -> T {
        let (path, opened, databaseID) = (path, opened, databaseID)
        do {
            return try await access { db in
                guard FileMark(path)?.identity == opened, try db.databaseID() == databaseID else {
                    throw StorageFault.replaced(database: path)
                }
                return try body(db)
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw await queue.explained(error, path: path)
        }
    }
}

// Each read is one transaction, whose query stands with the tables.
extension SQLiteCandleStore {
    package func find(_ series: Series) async throws -> StoredSeries? {
        try await read { try $0.find(series) }
    }

    package func coverage(of series: StoredSeries) async throws -> IntervalSet {
        try await read { try $0.coverage(series.id) }
    }

    package func edges(
        of series: StoredSeries, in range: TimeRange
    ) async throws -> (oldest: UnixMilliseconds, newest: UnixMilliseconds)? {
        try await read { db in
            let sql =
                "SELECT open_time FROM candle WHERE series_id = ? AND open_time >= ? AND open_time < ? ORDER BY open_time"
            let arguments: StatementArguments = [series.id, range.start, range.end]
            guard let oldest = try Int64.fetchOne(db, sql: sql + " LIMIT 1", arguments: arguments),
                let newest = try Int64.fetchOne(db, sql: sql + " DESC LIMIT 1", arguments: arguments)
            else { return nil }
            return (oldest, newest)
        }
    }

    package func overview(now: UnixMilliseconds) async throws -> [SeriesOverview] {
        try await read { try $0.overview(now: now) }
    }

    package func gaps(now: UnixMilliseconds) async throws -> [Gap] { try await read { try $0.gaps(now: now) } }

    package func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        try await read { try $0.candles(of: series.id, in: range, limit: limit) }
    }

    package func lastFinal(of series: StoredSeries) async throws -> UnixMilliseconds? {
        try await read { db in
            try Int64.fetchOne(
                db, sql: "SELECT last_final FROM series_stats WHERE series_id = ?", arguments: [series.id])
        }
    }

    package func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] {
        try await read { try $0.counts(of: series.id, in: ranges) }
    }

    package func disagreements(of series: StoredSeries) async throws -> Set<Disagreement> {
        try await read { db in
            Set(
                try Row.fetchAll(
                    db, sql: "SELECT timeframe, open_time, coarse, folded FROM disagreements WHERE series_id = ?",
                    arguments: [series.id]
                ).map { Disagreement(timeframe: try Timeframe($0[0]), openTime: $0[1], coarse: $0[2], folded: $0[3]) })
        }
    }

    package func publish(status document: String, of host: String, at time: UnixMilliseconds) async throws {
        try await write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO host_status(host, at, document) VALUES (?, ?, ?)",
                arguments: [host, time, document])
        }
    }

    package func hostStatuses() async throws -> [PublishedStatus] {
        try await read { try $0.hostStatuses() }
    }
}

extension StorageFault {
    /// Says what an SQLite error means for the user.
    package init(_ error: any Error, path: String) {
        if let fault = error as? StorageFault {
            self = fault
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed(database: path, reason: "\(error)")
            return
        }
        let reason = error.message ?? "result code \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .full(database: path)
        case .SQLITE_READONLY, .SQLITE_PERM: self = .readOnly(database: path)
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .notADatabase(path: path)
        case .SQLITE_CANTOPEN: self = .cannotOpen(path: path, reason: reason)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(database: path)
        default: self = .failed(database: path, reason: reason)
        }
    }
}
