/// What happens while backups are made, verified, removed and restored: for people, alerts and metrics.
package enum BackupEvent: Sendable {
    case started(BackupType, database: String)
    /// Raw bytes so far, and how many are expected; both are rough.
    case progress(bytes: Int, expected: Int)
    case finished(Manifest)
    case suspicious(Manifest, reason: String)
    /// The backup is good, but the role that made it could not restore these.
    case unrestorable([String])
    case verified(file: String, Manifest.Verification)
    /// Leftovers of a killed run were removed or completed.
    case cleaned(String)
    case removed(file: String, reason: String)
    /// Nothing was removed.
    case retentionRefused(reason: String)
    /// One step of a restore has begun.
    case restoring(String)
    case restored(database: String, from: String)
}
