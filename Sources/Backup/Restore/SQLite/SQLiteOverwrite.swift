import Candles
import Foundation
import GRDB
import Resilience

/// Puts an unpacked database into a live one that programs may have open: in one transaction of SQLite, which they wait for.
struct SQLiteOverwrite {
    let live: SQLiteFile
    /// The database's identity.
    let database: String
    let scratch: RestoreScratch
    let now: @Sendable () -> UnixMilliseconds
    let emit: @Sendable (BackupEvent) -> Void

    /// - Throws: `DatabaseError`, `CancellationError` where nothing was changed; `RestoreFault`.
    func run(_ unpacked: UnpackedDatabase) throws {
        let before = SQLiteFile(path: scratch.file("before.db"))
        let journalMode = try live.readRecovered(Self.journalMode)
        try live.copy(into: before)
        let new = try fitted(unpacked.file, journalMode)
        try Task.checkCancellation()
        try new.copy(into: live)
        do {
            try settle(journalMode)
            emit(.restoring("comparing \(live.path) with the backup"))
            if let problem = try live.problem(expecting: unpacked.tables) {
                throw BackupFault.sourceDamaged(database: database, problem: problem)
            }
        } catch {
            try putBack(before, error)
        }
    }

    /// A database in WAL mode keeps its page size, so the new content takes that one.
    private func fitted(_ new: SQLiteFile, _ journalMode: String) throws -> SQLiteFile {
        let size = try live.read(Self.pageSize)
        if journalMode != "wal" { return new }
        if try new.read(Self.pageSize) == size { return new }
        let fitted = SQLiteFile(path: scratch.file("fitted.db"))
        try new.change { db in
            try db.execute(sql: "PRAGMA page_size = \(size)")
            try db.execute(sql: "VACUUM INTO ?", arguments: [fitted.path])
        }
        return fitted
    }

    /// The journal mode came with the content, and a log may be as large as it.
    private func settle(_ journalMode: String) throws {
        try live.change { db in
            if try Self.journalMode(db) != journalMode { try db.execute(sql: "PRAGMA journal_mode = \(journalMode)") }
            // A reader in a transaction keeps the log; then SQLite itself shortens it later.
            try db.execute(sql: "PRAGMA busy_timeout = 1000")
            _ = try? Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    /// Ends a restore that failed after the live database was changed.
    private func putBack(_ before: SQLiteFile, _ cause: any Error) throws -> Never {
        emit(.restoring("putting the old content of \(live.path) back"))
        do {
            try before.copy(into: live)
        } catch {
            throw RestoreFault.notRolledBack(
                database: database, cause: "\(Self.text(cause)); then: \(Self.text(error))", commands: keep(before))
        }
        if cause is CancellationError { throw cause }
        throw RestoreFault.rolledBack(database: database, cause: Self.text(cause))
    }

    /// Keeps the old content under a name of its own, for the commands that a person must run.
    private func keep(_ before: SQLiteFile) -> [String] {
        var kept = MovedAside.freeName(live.path, at: now())
        do {
            try ArchiveFile.replace(kept, by: before.path)
        } catch {
            // Then it stays where it is, which nobody removes.
            kept = before.path
            try? ArchiveFile.write(Array("the old content of \(live.path)\n".utf8), to: scratch.file("keep"))
        }
        return ["sqlite3 \(Self.shell(live.path)) \(Self.shell(".restore \(Self.dotWord(kept))"))"]
    }

    private static func journalMode(_ db: Database) throws -> String {
        try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "delete"
    }

    private static func pageSize(_ db: Database) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096 }

    /// One word for a shell.
    static func shell(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

    /// One word for a dot command of the program sqlite3.
    private static func dotWord(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// What went wrong, in words.
    static func text(_ error: any Error) -> String {
        if let fault = error as? any Fault { return fault.summary }
        if let error = error as? DatabaseError { return error.text }
        return error is CancellationError ? "it was stopped" : "\(error)"
    }
}
