package import Storage

/// What a backup is of.
package enum BackupType: String, Sendable, Codable, CaseIterable {
    case sqlite, postgres
    /// The host's own journal; an SQLite file too.
    case journal

    /// Of the raw file, before `.gz`.
    package var fileExtension: String { self == .postgres ? "sql" : "db" }

    package init(of database: DatabaseLocation) {
        switch database {
        case .sqlite: self = .sqlite
        case .postgres: self = .postgres
        }
    }
}

/// Why a backup was made.
package enum BackupOccasion: String, Sendable, Codable, CaseIterable {
    /// By a timer.
    case scheduled
    /// By a person.
    case manual
    /// The way back from a restore.
    case beforeRestore = "pre_restore"
    case beforeMigration = "pre_migration"
}
