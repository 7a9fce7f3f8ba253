import Foundation
internal import GRDB

/// Read-only connections to the file that a path leads to, from one opening to the next.
struct SQLiteReading {
    /// So many reads go on at once.
    private static let connections = 4

    let pool: DatabasePool
    let files: SQLiteFiles
    private let path: String

    /// - Throws: `StorageFault.notThere`, or `DatabaseError`.
    init(path: String) throws {
        guard let files = SQLiteFiles(at: path) else { throw Self.absence(of: path) }
        self.files = files
        self.path = path
        let name = files.areQuiet ? URL(filePath: path).absoluteURL.absoluteString + "?immutable=1" : path
        pool = try DatabasePool(path: name, configuration: Self.configuration)
    }

    /// A folder that cannot be looked into may hold one all the same.
    private static func absence(of path: String) -> StorageFault {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let isHidden = FileMark(folder) != nil && !FileManager.default.isExecutableFile(atPath: folder)
        return isHidden
            ? .cannotOpen(path: path, reason: "this user may not look into \(folder)") : .notThere(database: path)
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.maximumReaderCount = connections
        // A reader waits for a writer only while the log is recovered after a crash.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY") }
        return configuration
    }

    /// Whether the path still leads to what was opened, so that the next read shows what is committed.
    var isCurrent: Bool { SQLiteFiles(at: path)?.continues(files) ?? false }

    /// Whether what was read up to now is of one state: without SQLite's locks, only if nobody changed pages meanwhile.
    var isSound: Bool { !files.areQuiet || isCurrent }

    /// Differs from before wherever another connection committed something meanwhile.
    ///
    /// - Source: <https://www.sqlite.org/pragma.html#pragma_data_version>
    func dataVersion() async throws -> Int {
        try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
    }
}
