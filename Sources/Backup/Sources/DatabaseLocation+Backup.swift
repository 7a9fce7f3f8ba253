import Foundation
package import Storage

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
