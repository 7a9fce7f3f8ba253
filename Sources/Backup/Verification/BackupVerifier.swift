package import Candles
import Foundation
import Gzip
package import Postgres
import Resilience

/// What a look at a backup found.
package enum BackupFinding: Sendable, Equatable {
    /// It was compared with its manifest.
    case compared(Manifest.Verification)
    /// Its manifest, or a file without one, cannot be read.
    case damaged(String)
    /// It can be read to its end, and has no manifest.
    case unproven
}

/// Verifies backups of a folder, and notes the results in their manifests.
///
/// Whoever uses it holds the folder's lock, which may be a shared one.
package struct BackupVerifier: Sendable {
    private let folder: BackupFolder
    private let cluster: PostgresSettings?
    private let now: @Sendable () -> UnixMilliseconds

    /// `cluster`: where a deep verification of a Postgres backup makes its scratch database.
    package init(_ folder: BackupFolder, cluster: PostgresSettings?, now: @escaping @Sendable () -> UnixMilliseconds) {
        self.folder = folder
        self.cluster = cluster
        self.now = now
    }

    /// - Throws: `BackupFault`, `GzipFault.unreadable`, `PostgresFault`, `CancellationError`: nothing is known of the backup then.
    package func verify(_ backup: StoredBackup, deep: Bool) async throws -> BackupFinding {
        let path = folder.path(backup.name.file)
        switch backup.manifest {
        case .damaged: return .damaged("its manifest is damaged")
        case .missing:
            return try FastVerification.problem(path, ofType: backup.name.type).map { .damaged($0) } ?? .unproven
        case .read(let manifest):
            if manifest.formatVersion > Manifest.knownFormat {
                throw BackupFault.noSuchFormat(file: backup.name.file, found: manifest.formatVersion)
            }
            if backup.signature == .wrong {
                return .damaged("its signature is wrong: it was changed after it was signed")
            }
            var verification = try FastVerification.run(path, manifest, now: now)
            try folder.record(verification, of: backup.name)
            if deep, verification.passed {
                verification = try await verifyDeeply(path, manifest, isOurs: backup.isOurs)
                try folder.record(verification, of: backup.name)
            }
            return .compared(verification)
        }
    }

    private func verifyDeeply(_ path: String, _ manifest: Manifest, isOurs: Bool) async throws
        -> Manifest.Verification
    {
        let started = ContinuousClock.now
        let problem: String?
        switch manifest.type {
        case .sqlite, .journal:
            let scratch = folder.partial(manifest.file + ".verify-\(ProcessInfo.processInfo.processIdentifier)")
            problem = try SQLiteDeepVerification.problem(path, manifest, scratch: scratch)
        case .postgres:
            guard let cluster else { throw BackupFault.noCluster }
            problem = try await PostgresDeepVerification(cluster).problem(
                RestoreArchive(path: path, manifest: manifest, isOurs: isOurs))
        }
        return Manifest.Verification(
            depth: .deep, at: now().iso8601, passed: problem == nil,
            milliseconds: (ContinuousClock.now - started).milliseconds, problem: problem)
    }
}

/// Reads a backup's file from end to end, and compares every byte and every row with its manifest.
package enum FastVerification {
    /// - Throws: `GzipFault.unreadable` where the file cannot be read at all, `CancellationError`.
    package static func run(
        _ path: String, _ manifest: Manifest, now: @Sendable () -> UnixMilliseconds
    ) throws -> Manifest.Verification {
        let started = ContinuousClock.now
        let problem = try problem(path, manifest)
        return Manifest.Verification(
            depth: .fast, at: now().iso8601, passed: problem == nil,
            milliseconds: (ContinuousClock.now - started).milliseconds, problem: problem)
    }

    /// What can be seen to be wrong with a file that has no manifest; nil for nothing.
    ///
    /// - Throws: As `run`.
    static func problem(_ path: String, ofType type: BackupType) throws -> String? {
        var content = RawContent(type)
        do {
            _ = try ArchiveReader.read(path) { content.feed($0) }
        } catch let fault as GzipFault {
            if case .unreadable = fault { throw fault }
            return fault.summary
        }
        return content.problem()
    }

    private static func problem(_ path: String, _ manifest: Manifest) throws -> String? {
        var content = RawContent(manifest.type)
        do {
            let (compressed, raw) = try ArchiveReader.read(path) { content.feed($0) }
            if compressed != manifest.compressed { return "the file differs from the one that was written" }
            if raw != manifest.raw { return "its content differs from the one that was written" }
        } catch let fault as GzipFault {
            if case .unreadable = fault { throw fault }
            return fault.summary
        }
        return content.problem(manifest)
    }
}

/// Looks at the raw bytes of a backup while they pass.
///
/// In a plain dump every table's rows are counted and summed; of an SQLite file only the head is looked at, since its digest
/// says more than any reading of it.
struct RawContent {
    private enum Kind {
        case dump(DumpScanner)
        case sqlite(head: [UInt8])
    }

    private var kind: Kind

    init(_ type: BackupType) { kind = type == .postgres ? .dump(DumpScanner()) : .sqlite(head: []) }

    mutating func feed(_ piece: Span<UInt8>) {
        switch kind {
        case .dump(var scanner):
            kind = .sqlite(head: [])  // Else the scanner would be copied.
            scanner.feed(piece)
            kind = .dump(scanner)
        case .sqlite(var head):
            for index in 0..<min(piece.count, Self.magic.count - head.count) { head.append(piece[index]) }
            kind = .sqlite(head: head)
        }
    }

    /// What is wrong, or differs from the manifest; nil for nothing.
    func problem(_ manifest: Manifest? = nil) -> String? {
        switch kind {
        case .dump(let scanner):
            if let problem = scanner.problem { return problem }
            return manifest.flatMap { TableSum.difference(scanner.tables, $0.tables) }
        case .sqlite(let head):
            return head == Self.magic ? nil : "it holds no SQLite database"
        }
    }

    private static let magic = Array("SQLite format 3\u{0}".utf8)
}
