/// The backups that one run of retention judges: those of one database.
package struct RetentionSubject: Sendable, Equatable {
    package let type: BackupType
    /// The database's identity, as in manifests.
    package let database: String

    package init(type: BackupType, database: String) {
        self.type = type
        self.database = database
    }

    func has(_ manifest: Manifest) -> Bool { manifest.type == type && manifest.database == database }
}
