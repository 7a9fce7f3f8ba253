import Candles
package import Resilience

/// How a restore ended that did not go well once the database was touched, or that was not begun.
package enum RestoreFault: ListingFault, Equatable {
    /// The database is as before; `cause` says what went wrong.
    case rolledBack(database: String, cause: String)
    /// The database may not be as before; `commands` bring it back.
    case notRolledBack(database: String, cause: String, commands: [String])
    /// The role cannot create the scratch database.
    case mayNotCreate(role: String)
    case nothingToUndo(database: String)
    /// Programs that have the file open.
    case inUse(path: String, processes: [String])
    /// What is there now could not be backed up.
    case noSafetyBackup(database: String, cause: String)

    package var code: String {
        switch self {
        case .rolledBack: "restore-rolled-back"
        case .notRolledBack: "restore-not-rolled-back"
        case .mayNotCreate: "restore-needs-createdb"
        case .nothingToUndo: "restore-nothing-to-undo"
        case .inUse: "restore-in-use"
        case .noSafetyBackup: "restore-no-safety-backup"
        }
    }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .rolledBack(let database, let cause): "the restore failed, and \(database) is as before: \(cause.visible)"
        case .notRolledBack(let database, let cause, let commands):
            "the restore failed, and \(database) could not be brought back: \(cause.visible)\nRun these by hand:\n"
                + commands.map { "  \($0.visible)" }.joined(separator: "\n")
        case .mayNotCreate(let role): "the role \(role) may not create the database that a restore is tried in"
        case .nothingToUndo(let database): "there is no restore of \(database) to undo"
        case .inUse(let path, let processes): "\(path) is in use by \(processes.map(\.visible).joined(separator: ", "))"
        case .noSafetyBackup(let database, let cause):
            "\(database) could not be backed up before it is replaced, so it was not replaced: \(cause.visible)"
        }
    }
    package var hint: String? {
        switch self {
        case .rolledBack: "read the cause, and choose another one of 'ops backups' if it is the file"
        case .notRolledBack: "stop everything that writes, run the commands, then 'ops verify --deep'"
        case .mayNotCreate(let role): "as an administrator: ALTER ROLE \"\(role)\" CREATEDB"
        case .nothingToUndo: "see 'ops backups' for a copy from before the restore, and name it with --file"
        case .inUse: "stop them, and run the same command again"
        case .noSafetyBackup: "mend the cause; if the database cannot be read any more, add --no-safety-backup"
        }
    }
}
