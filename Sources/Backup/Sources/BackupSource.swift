import Foundation
package import Storage

/// A database that can be backed up.
package protocol BackupSource: Sendable {
    var type: BackupType { get }
    /// The database's identity: `sqlite:/path` or `postgres:host:port/name`; no secret.
    var database: String { get }

    /// Looks before anything is written: whether the database is there, and the programs that it takes.
    ///
    /// - Throws: `BackupFault`, `PostgresFault`.
    func look() async throws -> SourceFacts

    /// Sends the raw bytes of one moment of the database to `archive`.
    ///
    /// `scratch` is a path in the folder of backups, free to use and removed afterwards.
    ///
    /// - Returns: Every table with its rows.
    /// - Throws: `BackupFault`, `PostgresFault`; `CancellationError`, soon after a cancellation.
    func copy(into archive: ArchiveWriter, scratch: String, progress: @Sendable (Int) -> Void) async throws
        -> [TableSum]
}

/// What is known of a database before it is backed up.
package struct SourceFacts: Sendable, Equatable {
    package let source: Manifest.Source
    /// About so many raw bytes will come; at least 1.
    package let expectedBytes: Int
    /// Bytes of the folder of backups that are needed for the scratch file.
    package let scratchBytes: Int
    package let schemaVersion: Int?
    /// Open time of the newest candle, ISO 8601.
    package let newestCandle: String?
    /// What the role that makes the backup could not create again, in words.
    package let unrestorable: [String]

    package init(
        source: Manifest.Source, expectedBytes: Int, scratchBytes: Int, schemaVersion: Int?, newestCandle: String?,
        unrestorable: [String] = []
    ) {
        self.unrestorable = unrestorable
        self.source = source
        self.expectedBytes = expectedBytes
        self.scratchBytes = scratchBytes
        self.schemaVersion = schemaVersion
        self.newestCandle = newestCandle
    }
}

extension DatabaseLocation {
    /// What a backup of it is made of.
    package func backupSource() throws -> any BackupSource {
        switch self {
        case .sqlite(let path): SQLiteSource(path: path)
        case .postgres(let settings): PostgresSource(settings)
        }
    }
}

extension RetentionSubject {
    /// The backups of this database that this host makes.
    package init(of database: DatabaseLocation) {
        self.init(type: BackupType(of: database), database: database.identity)
    }
}
