package import Candles
import Foundation
import Gzip
import Resilience

/// A database that a backup can be put into.
package protocol RestoreTarget: Sendable {
    var type: BackupType { get }
    /// The database's identity, as in manifests.
    var database: String { get }
    /// What a person types to confirm: the database's own name, or the file's.
    var name: String { get }

    /// What it holds now; nil where there is no such database.
    ///
    /// - Throws: What keeps it from being read; a damaged database may still be replaced.
    func contents() async throws -> DatabaseContents?

    /// Keeps every writer out for as long as `body` runs, on this host and on others.
    ///
    /// - Throws: `JournalFault.busy`, `StorageFault.busy`.
    func withoutWriters<T>(_ body: () async throws -> T) async throws -> T

    /// Puts the backup in place of what is there, compared with its manifest, and migrated where it is older.
    ///
    /// Called inside `withoutWriters`. Whatever it throws, the database is as before, unless it is `RestoreFault.notRolledBack`.
    ///
    /// `mark` is called when everything is ready, with the id that the database will have: what it throws ends the restore there.
    func replace(
        with archive: RestoreArchive, mark: @escaping @Sendable (_ id: String?) async throws -> Void,
        emit: @escaping @Sendable (BackupEvent) -> Void
    ) async throws

    /// The id that the database has now; nil where there is none, or it cannot be read.
    func currentID() async -> String?

    /// Reads a backup for what would act by itself once it is restored; nothing is loaded.
    ///
    /// - Throws: `BackupFault.refused` where it holds what must not be loaded at all.
    func foreignObjects(in archive: RestoreArchive) async throws -> [String]

    /// Room that a restore takes where the database lies; nil where nobody can tell.
    func room(for archive: RestoreArchive) async throws -> RestoreRoom?

    /// Whether `swapBack` is possible now.
    func canSwapBack() async throws -> Bool

    /// Takes the last restore back without a backup, where that is possible: in Postgres the databases swap names again.
    ///
    /// Called inside `withoutWriters`.
    /// - Returns: False where it is not possible.
    func swapBack() async throws -> Bool

    /// Removes what killed restores and deep verifications left behind; nothing that another run uses.
    ///
    /// - Returns: The names of what was removed.
    func clean() async throws -> [String]

    /// Removes what restores of this installation replaced long ago and nobody uses.
    ///
    /// `backups`: the times of the good backups that were made of it, the one of just now among them.
    /// - Returns: The names of what was removed.
    func forgetReplaced(after backups: [UnixMilliseconds]) async throws -> [String]
}

extension RestoreTarget {
    package func room(for archive: RestoreArchive) async throws -> RestoreRoom? { nil }
    package func forgetReplaced(after backups: [UnixMilliseconds]) async throws -> [String] { [] }

    /// Without a mark, for those who keep no safety backup.
    package func replace(
        with archive: RestoreArchive, emit: @escaping @Sendable (BackupEvent) -> Void
    ) async throws {
        try await replace(with: archive, mark: { _ in }, emit: emit)
    }
}

/// Bytes that are free where a database lies, and about how many a restore takes for its time.
package struct RestoreRoom: Sendable, Equatable {
    package let path: String
    package let free: Int
    package let needed: Int

    package init(path: String, free: Int, needed: Int) {
        self.path = path
        self.free = free
        self.needed = needed
    }
}

/// A backup file that is to be restored.
package struct RestoreArchive: Sendable {
    package let path: String
    /// Nil for a file that this program has not written.
    package let manifest: Manifest?
    /// Whether this installation made it; else nothing in it is believed.
    package let isOurs: Bool
    /// Whether a person wants also what acts by itself.
    package var allowsForeignObjects = false

    package init(path: String, manifest: Manifest?, isOurs: Bool) {
        self.path = path
        self.manifest = manifest
        self.isOurs = isOurs
    }

    /// The file's name, for messages.
    var name: String { manifest?.file ?? String(path.split(separator: "/").last ?? "") }
}

/// What a database holds at a glance.
package struct DatabaseContents: Sendable, Equatable {
    /// Each table with its number of rows; in Postgres with its schema, quoted where needed, as in manifests.
    package let tables: [String: Int]
    /// Open time of the newest candle, ISO 8601.
    package let newestCandle: String?
    /// The schema of this program; nil where it has none.
    package let schemaVersion: Int?

    package init(tables: [String: Int], newestCandle: String?, schemaVersion: Int?) {
        self.tables = tables
        self.newestCandle = newestCandle
        self.schemaVersion = schemaVersion
    }

    package var rows: Int { tables.values.reduce(0, +) }
}

/// Reads a backup from end to end before it is restored.
enum RestoreVerification {
    /// The result is noted in the manifest, where that can be written.
    ///
    /// - Throws: `BackupFault.damaged`; `GzipFault.unreadable`, `CancellationError`.
    static func verify(
        _ choice: RestoreChoice, _ type: BackupType, now: @Sendable () -> UnixMilliseconds,
        emit: @Sendable (BackupEvent) -> Void
    ) throws {
        let file = choice.file
        emit(.restoring("reading \(file) from end to end"))
        guard let manifest = choice.archive.manifest, let name = choice.name else {
            if let problem = try FastVerification.problem(choice.archive.path, ofType: type) {
                throw BackupFault.damaged(file: file, problem: problem)
            }
            return
        }
        let verification = try FastVerification.run(choice.archive.path, manifest, now: now)
        do {
            try choice.folder.record(verification, of: name)
        } catch let fault as any Fault {
            // A medium that can only be read must not keep anybody from a restore.
            emit(.restoring("the result is not noted in the manifest: \(fault.summary)"))
        }
        emit(.verified(file: file, verification))
        if let problem = verification.problem { throw BackupFault.damaged(file: file, problem: problem) }
    }
}

/// What a compressed file holds, by its first bytes.
enum ArchiveContent {
    /// Nil for neither a database nor a plain dump.
    ///
    /// - Throws: `BackupFault.damaged` where it is not of gzip; `GzipFault.unreadable`.
    static func type(_ path: String) throws -> BackupType? {
        let name = URL(filePath: path).lastPathComponent
        let head = try head(path, name)
        if head.starts(with: sqlite) { return .sqlite }
        return String(decoding: head, as: UTF8.self).contains(dump) ? .postgres : nil
    }

    private static let sqlite = Array("SQLite format 3\u{0}".utf8)
    private static let dump = "-- PostgreSQL database dump"
    private static let headSize = 512

    private struct Enough: Error {}

    /// At most `headSize` raw bytes.
    private static func head(_ path: String, _ name: String) throws -> [UInt8] {
        var head: [UInt8] = []
        var start: [UInt8] = []
        do {
            let inflater = try Inflater(chunk: headSize)
            try Gzip.readPieces(of: URL(filePath: path)) { piece in
                if start.isEmpty {
                    start.append(copying: piece)
                    guard start.starts(with: [0x1f, 0x8b]) else {
                        throw BackupFault.damaged(file: name, problem: "it is not compressed by gzip")
                    }
                }
                try inflater.feed(piece) {
                    head.append(copying: $0)
                    if head.count >= headSize { throw Enough() }
                }
            }
            if start.isEmpty { throw BackupFault.damaged(file: name, problem: "it is empty") }
            try inflater.finish()
        } catch is Enough {
            return head
        } catch let fault as GzipFault {
            if case .unreadable = fault { throw fault }
            throw BackupFault.damaged(file: name, problem: fault.summary)
        }
        return head
    }
}
