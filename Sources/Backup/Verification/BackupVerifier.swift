package import Candles
import Foundation
package import Postgres

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
