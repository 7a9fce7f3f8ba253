/// What a person asks for.
package struct RestoreRequest: Sendable, Equatable {
    /// A path, or a name in the folder of backups; nil for the newest good backup of the database.
    package var file: String?
    /// Take the last restore back.
    package var isUndo = false
    /// Also a file without a manifest.
    package var allowsUnverified = false
    /// Also a file that brings triggers, functions and the like that are not of this program.
    package var allowsForeignObjects = false
    package var makesSafetyBackup = true
    /// Plan only.
    package var isDryRun = false

    package init() {}
}

/// How a restore ended.
package struct RestoreOutcome: Sendable, Equatable {
    package enum Ending: String, Sendable {
        case planned, declined, restored
        /// The database of before the restore has its name again.
        case swappedBack = "swapped_back"
    }

    package let plan: RestorePlan
    package let ending: Ending
    /// The file name of the backup that was made of what was replaced.
    package let safetyBackup: String?
}
