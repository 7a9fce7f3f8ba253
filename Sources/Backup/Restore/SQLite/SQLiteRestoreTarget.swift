package import Candles
package import Foundation
import GRDB
package import Journal
import Resilience
import Storage
import SystemPackage

/// An SQLite file that a backup can be put into, also while programs have it open.
package struct SQLiteRestoreTarget: RestoreTarget {
    package let type = BackupType.sqlite
    package let database: String
    private let live: SQLiteFile
    private let journal: Journal
    private let now: @Sendable () -> UnixMilliseconds

    /// `path` may be a link; `busyTimeout` is how many seconds to wait for a transaction of another program.
    package init(
        path: String, journal: Journal, busyTimeout: TimeInterval = 10, now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        database = DatabaseLocation.sqlite(path: path).identity
        live = SQLiteFile(path: DatabaseLocation.file(at: path), busyTimeout: busyTimeout)
        self.journal = journal
        self.now = now
    }

    package var name: String { URL(filePath: live.path).lastPathComponent }

    /// - Throws: `BackupFault.sourceDamaged`, `StorageFault`.
    package func contents() async throws -> DatabaseContents? {
        guard live.exists else { return nil }
        do {
            return try live.readRecovered(Self.contents)
        } catch {
            throw fault(error)
        }
    }

    package func withoutWriters<T>(_ body: () async throws -> T) async throws -> T {
        let lock = try journal.lockWriters(of: database, exclusive: true)
        defer { lock.release() }
        return try await body()
    }

    package func replace(
        with archive: RestoreArchive, mark: @escaping @Sendable (_ id: String?) async throws -> Void,
        emit: @escaping @Sendable (BackupEvent) -> Void
    ) async throws {
        do {
            try await replaceNow(archive, mark, emit)
        } catch {
            throw ending(error)
        }
    }

    /// SQLite itself must unpack the file to read it: `replace` does.
    package func foreignObjects(in archive: RestoreArchive) async throws -> [String] { [] }

    package func canSwapBack() async throws -> Bool { false }

    package func swapBack() async throws -> Bool { false }

    package func currentID() async -> String? {
        live.exists ? (try? live.readRecovered(SQLiteContents.databaseID)) ?? nil : nil
    }

    package func clean() async throws -> [String] {
        RestoreScratch.removeLeftovers(beside: live.path)
    }

    /// Room for the new content, for a log of that size, and for what is there now.
    package func room(for archive: RestoreArchive) async throws -> RestoreRoom? {
        let folder = URL(filePath: live.path).deletingLastPathComponent().path
        guard let free = BackupFolder(URL(filePath: folder)).freeBytes() else { return nil }
        // Of a file without a manifest nobody knows more than that it grows.
        let raw = archive.manifest?.raw.bytes ?? Self.size(archive.path)
        let needed = raw.addingReportingOverflow(raw)
        let all = needed.partialValue.addingReportingOverflow(Self.size(live.path) + (1 << 20))
        return RestoreRoom(
            path: folder, free: free, needed: needed.overflow || all.overflow ? Int.max : all.partialValue)
    }

    @concurrent private func replaceNow(
        _ archive: RestoreArchive, _ mark: @Sendable (_ id: String?) async throws -> Void,
        _ emit: @escaping @Sendable (BackupEvent) -> Void
    ) async throws {
        let scratch = try RestoreScratch(beside: live.path)
        var holdsTheOnlyCopy = false
        defer { if !holdsTheOnlyCopy { scratch.remove() } }
        emit(.restoring("unpacking and checking \(archive.path)"))
        let unpacked = try await UnpackedDatabase(
            archive, at: scratch.file("new.db"), allowsForeignObjects: archive.allowsForeignObjects)
        try Task.checkCancellation()
        try await mark(unpacked.file.read(SQLiteContents.databaseID))
        emit(.restoring("replacing \(live.path)"))
        if live.exists {
            let overwrite = SQLiteOverwrite(live: live, database: database, scratch: scratch, now: now, emit: emit)
            do {
                return try overwrite.run(unpacked)
            } catch let fault as RestoreFault {
                if case .notRolledBack(_, _, let commands) = fault {
                    holdsTheOnlyCopy = commands.contains { $0.contains(scratch.path) }
                }
                throw fault
            } catch let error as DatabaseError where error.isBeyondOpening {
                // Then it must give way.
            }
        }
        try SQLiteReplacement(live: live, database: database, now: now, emit: emit).run(unpacked)
    }

    private static func contents(_ db: Database) throws -> DatabaseContents {
        let rows = try SQLiteContents.tables(db).map { table in
            let name = table.replacing("\"", with: "\"\"")
            return (table, try Int.fetchOne(db, sql: "SELECT count(*) FROM \"\(name)\"") ?? 0)
        }
        return DatabaseContents(
            tables: Dictionary(rows, uniquingKeysWith: { one, _ in one }),
            newestCandle: try SQLiteContents.newestCandle(db),
            schemaVersion: try db.candleSchemaVersion())
    }

    private static func size(_ path: String) -> Int {
        (try? FilePath(path).stat()).map { Int($0.size) } ?? 0
    }

    private func fault(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        if error.isBeyondOpening {
            return BackupFault.sourceDamaged(database: database, problem: error.text)
        }
        return StorageFault(
            DatabaseError(resultCode: error.extendedResultCode, message: error.text), path: live.path)
    }

    /// What is its own word passes; of the rest a person must know that nothing was changed.
    private func ending(_ error: any Error) -> any Error {
        switch error {
        case is RestoreFault, is JournalFault, is CancellationError: return error
        case StorageFault.schemaNewer: return error
        case let error as DatabaseError where error.isBusy: return StorageFault.busy(database: live.path)
        default: return RestoreFault.rolledBack(database: database, cause: SQLiteOverwrite.text(fault(error)))
        }
    }
}
