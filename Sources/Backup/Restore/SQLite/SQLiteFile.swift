import Foundation
import GRDB

/// Opens SQLite files by path for the time of one piece of work.
struct SQLiteFile {
    let path: String
    /// Seconds to wait for the locks of others.
    var busyTimeout: TimeInterval = 10

    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// What SQLite keeps beside a database, and the database itself last.
    static let suffixes = ["-wal", "-shm", "-journal", ""]

    func use<T>(readOnly: Bool, _ body: (DatabaseQueue) throws -> T) throws -> T {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(busyTimeout)
        // Each page is read once, so that a large cache would only cost memory.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -128") }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }  // Everything is on disk; the process's end closes it all the same.
        return try body(queue)
    }

    func read<T>(_ body: (Database) throws -> T) throws -> T {
        try use(readOnly: true) { try $0.read(body) }
    }

    /// Reads, also where a killed writer left a journal that must be played back first.
    ///
    /// Not at once with the right to write: of a file that it cannot understand, SQLite would remove the log.
    func readRecovered<T>(_ body: (Database) throws -> T) throws -> T {
        do {
            return try read(body)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
            return try change(body)
        }
    }

    /// Outside of a transaction.
    func change<T>(_ body: (Database) throws -> T) throws -> T {
        try use(readOnly: false) { try $0.writeWithoutTransaction(body) }
    }

    /// Copies all pages into another file, in one step and one transaction of SQLite.
    ///
    /// - Throws: `DatabaseError`; then the other file is as before.
    func copy(into other: SQLiteFile) throws {
        try use(readOnly: true) { source in
            try other.use(readOnly: false) { try source.backup(to: $0) }
        }
    }

    /// What is wrong with it, or differs from what it should hold; nil for nothing.
    func problem(expecting tables: [TableSum]) throws -> String? {
        // Not read-only: such a connection would leave an empty log beside the file.
        try use(readOnly: false) { queue in
            try queue.read { db in
                if let problem = try SQLiteContents.problem(db) { return problem }
                return TableSum.difference(try SQLiteTableSums.read(db), tables)
            }
        }
    }
}

extension DatabaseError {
    /// Whether SQLite can do nothing with the file.
    var isBeyondOpening: Bool { [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(resultCode) }

    /// In words; a copy that fails leaves no message of its own.
    var text: String {
        if let message, message != "not an error" { return message }
        return resultCode.description
    }

    var isBusy: Bool { [.SQLITE_BUSY, .SQLITE_LOCKED].contains(resultCode) }
}
