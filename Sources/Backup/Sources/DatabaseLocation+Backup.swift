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
