/// How long backups are kept.
package struct RetentionSettings: Sendable, Equatable {
    /// Every backup is kept for so long; at least 1.
    package let days: Int
    /// Of so many weeks the first good one is kept too; 0 is none.
    package let weekly: Int
    /// Of so many months the first good one is kept too; 0 is none.
    package let monthly: Int
}
