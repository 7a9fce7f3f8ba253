package import Candles
package import Foundation
import Journal
import Postgres
package import Storage

/// What the jobs about backups work on.
package struct BackupParts: Sendable {
    package let folder: BackupFolder
    package let retention: RetentionPolicy
    /// All that are configured.
    package let databases: [DatabaseLocation]
    let now: @Sendable () -> UnixMilliseconds
    private let state: URL

    /// `state` is the folder of the journal.
    package init(
        folder: BackupFolder, retention: RetentionPolicy, databases: [DatabaseLocation], state: URL,
        now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.folder = folder
        self.retention = retention
        self.databases = databases
        self.state = state
        self.now = now
    }

    func journal() throws -> Journal { try Journal(folder: state, now: now) }

    private var journalPath: String { state.appending(path: "journal.db").path }

    /// Those of this type, or all.
    package func databases(of type: BackupType?) -> [DatabaseLocation] {
        databases.filter { type == nil || BackupType(of: $0) == type }
    }

    /// What a backup of this type, or of all types, is made of.
    package func sources(of type: BackupType?) throws -> [any BackupSource] {
        var sources: [any BackupSource] = try databases(of: type).map { try $0.backupSource() }
        if type == .journal || type == nil && FileManager.default.fileExists(atPath: journalPath) {
            sources.append(SQLiteSource(journal: journalPath))
        }
        return sources
    }

    /// The journal's backups; nil where there is no journal yet.
    package var journalSubject: RetentionSubject? {
        guard FileManager.default.fileExists(atPath: journalPath) else { return nil }
        return RetentionSubject(type: .journal, database: SQLiteSource(journal: journalPath).database)
    }

    func verifier(_ folder: BackupFolder) -> BackupVerifier {
        let clusters = databases.compactMap { database -> PostgresSettings? in
            if case .postgres(let settings) = database { settings } else { nil }
        }
        return BackupVerifier(folder, cluster: clusters.first, now: now)
    }

    func restoreTarget(_ database: DatabaseLocation) throws -> any RestoreTarget {
        switch database {
        case .sqlite(let path): SQLiteRestoreTarget(path: path, journal: try journal(), now: now)
        case .postgres(let settings):
            PostgresRestoreTarget(
                settings, journal: try journal(), installation: try folder.installation(), clock: ContinuousClock(),
                now: now)
        }
    }
}
