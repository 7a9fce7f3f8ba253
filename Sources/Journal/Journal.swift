package import Candles
package import Foundation
package import GRDB
import Resilience
import SQLiteRows
import SystemPackage

/// What the processes of one host know of each other: requests, bans, breakers, runs and locks.
///
/// One SQLite file in the state folder. Every access is one short transaction on the connection's own thread; it is not
/// interrupted by cancellation, so that a cancelled task can still say that its request has ended.
package final class Journal: Sendable {
    package let folder: URL
    package let now: @Sendable () -> UnixMilliseconds
    /// Milliseconds since boot, by a clock that nobody sets.
    package let uptime: @Sendable () -> Int64
    private let queue: DatabaseQueue
    private let path: String

    /// Opens the journal, and makes or updates it where needed.
    ///
    /// Blocks for some milliseconds. `now` is the wall clock; it is asked inside of transactions, so that times follow
    /// their order.
    package init(
        folder: URL, now: @escaping @Sendable () -> UnixMilliseconds,
        uptime: @escaping @Sendable () -> Int64 = { BootIdentity.uptime }
    ) throws(JournalFault) {
        let path = folder.appending(path: "journal.db").path
        self.folder = folder
        self.now = now
        self.uptime = uptime
        self.path = path
        do {
            let newFolder = [FileAttributeKey.posixPermissions: 0o700]
            try FileManager.default.createDirectory(
                at: Self.locks(in: folder), withIntermediateDirectories: true, attributes: newFolder)
            // Two processes that switch a new file to WAL at once are told SQLITE_BUSY without any wait.
            let turn = try JobLock(waitingFor: "journal", in: Self.locks(in: folder))
            defer { turn.release() }
            try FileManager.default.createPrivateFile(at: path)
            queue = try DatabaseQueue(path: path, configuration: Self.configuration)
            if let found = try queue.writeWithoutTransaction(JournalSchema.migrate) {
                throw JournalFault.newer(path: path, found: found, known: JournalSchema.steps.count)
            }
        } catch {
            throw Self.fault(error, path: path)
        }
    }

    /// Opens the journal to read it: nothing is made, updated or written, and whatever would write fails.
    ///
    /// - Throws: Also where its version is another than this program's, and where it is locked for longer than a moment.
    package init(reading folder: URL, now: @escaping @Sendable () -> UnixMilliseconds) throws(JournalFault) {
        let file = folder.appending(path: "journal.db")
        self.folder = folder
        self.now = now
        uptime = { BootIdentity.uptime }
        path = file.path
        do {
            // Without the log of a writer nobody writes; and to read in WAL mode, SQLite would make one.
            let isWritten = FileManager.default.fileExists(atPath: file.path + "-wal")
            let name = isWritten ? file.path : file.absoluteURL.absoluteString + "?immutable=1"
            queue = try DatabaseQueue(path: name, configuration: Self.readingConfiguration)
            let found = try queue.read { db in try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 }
            let known = JournalSchema.steps.count
            if found > known { throw JournalFault.newer(path: path, found: found, known: known) }
            if found < known { throw JournalFault.older(path: path, found: found, known: known) }
        } catch {
            throw Self.fault(error, path: path)
        }
    }

    /// Takes a lock of this host, for as long as the returned object lives or until `release()`.
    ///
    /// Locks that are not exclusive exclude only those that are. Throws `.busy` at once where another holds it.
    package func lock(_ name: String, exclusive: Bool = true) throws(JournalFault) -> JobLock {
        try JobLock(name, exclusive: exclusive, in: Self.locks(in: folder))
    }

    /// Runs `body` in one IMMEDIATE transaction, given the time that it began.
    package func write<T: Sendable>(
        _ body: @escaping @Sendable (Database, UnixMilliseconds) throws -> T
    ) async throws -> T {
        try await perform { [now] db in
            try db.beginTransaction(.immediate)
            do {
                let value = try body(db, now())
                try db.commit()
                return value
            } catch {
                if db.isInsideTransaction { try db.rollback() }
                throw error
            }
        }
    }

    /// Runs `body` outside of a transaction: for a single statement that reads.
    package func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await perform(body)
    }

    private func perform<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws
        -> T
    {
        try await withCheckedThrowingContinuation { continuation in
            queue.asyncWriteWithoutTransaction { [path] db in
                let result = Result { try Self.patiently { try body(db) } }
                continuation.resume(with: result.mapError { Self.fault($0, path: path) })
            }
        }
    }

    /// Repeats what SQLite refused without having waited, as it does while another recovers or closes the file.
    private static func patiently<T>(_ body: () throws -> T) throws -> T {
        for _ in 1..<busyRounds {
            do {
                return try body()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
        return try body()
    }

    private static let busyRounds = 5
    private static let busyTimeout: TimeInterval = 10

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "journal"
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { db in
            // NORMAL may lose the last commits at power loss, and a machine that was off has nothing in its window.
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        }
        return configuration
    }

    private static var readingConfiguration: Configuration {
        var configuration = Configuration()
        configuration.label = "journal to read"
        configuration.readonly = true
        configuration.busyMode = .timeout(0.2)
        return configuration
    }

    private static func locks(in folder: URL) -> URL {
        folder.appending(path: "locks", directoryHint: .isDirectory)
    }

    private static func fault(_ error: any Error, path: String) -> JournalFault {
        switch error {
        case let fault as JournalFault: fault
        case let error as DatabaseError:
            .unreadable(path: path, problem: error.message ?? "\(error.resultCode)")
        default: .unreadable(path: path, problem: error.localizedDescription)
        }
    }
}

extension FileManager {
    /// Makes an empty file that only its owner can read, unless there is one.
    func createPrivateFile(at path: String) throws {
        if fileExists(atPath: path) { return }
        do {
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: .ownerReadWrite)
            try file.close()
        } catch Errno.fileExists {
            return
        }
    }
}
