import Foundation

/// An SQLite file with those beside it, at one moment.
///
/// - Source: <https://www.sqlite.org/walformat.html>, "Files On Disk".
struct SQLiteFiles: Equatable {
    private let database: FileMark
    private let log: FileMark?
    private let hasIndex: Bool
    private let hasJournal: Bool

    /// Nil where there is no database.
    init?(at path: String) {
        guard let database = FileMark(path), database.bytes > 0 else { return nil }
        self.database = database
        log = FileMark(path + "-wal")
        hasIndex = FileMark(path + "-shm") != nil
        hasJournal = FileMark(path + "-journal") != nil
    }

    /// Whether all that is kept stands in the database's own file, and nobody writes.
    ///
    /// SQLite would make the files of WAL mode beside it to read even so, unless it is told that the file is immutable.
    var areQuiet: Bool {
        guard let log else { return !hasJournal }
        return !hasJournal && !hasIndex && log.bytes == 0
    }

    /// Whether a connection that was opened to `before` still reads what is there.
    func continues(_ before: SQLiteFiles) -> Bool {
        if before.areQuiet { return self == before }
        return database.identity == before.database.identity && log?.identity == before.log?.identity
    }
}
