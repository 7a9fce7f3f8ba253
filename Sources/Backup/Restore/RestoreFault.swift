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
    /// It is as before; only a superuser may create what the backup holds.
    case needsSuperuser(database: String, object: String, cause: String)
    /// No role is there that could load what nobody vouches for.
    case needsLimitedRole(role: String, cause: String)
    /// That role, which may have been made just now, is not let in.
    case noLogin(role: String, isMade: Bool, cause: String)
    /// What could act by itself later, in words.
    case foreignObjects(file: String, objects: [String])

    package var code: String {
        switch self {
        case .rolledBack, .needsSuperuser: "restore-rolled-back"
        case .needsLimitedRole, .noLogin: "restore-needs-limited-role"
        case .foreignObjects: "restore-foreign-objects"
        case .notRolledBack: "restore-not-rolled-back"
        case .mayNotCreate: "restore-needs-createdb"
        case .nothingToUndo: "restore-nothing-to-undo"
        case .inUse: "restore-in-use"
        case .noSafetyBackup: "restore-no-safety-backup"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .rolledBack, .needsSuperuser: .rolledBack
        case .needsLimitedRole, .noLogin, .mayNotCreate: .configuration
        case .foreignObjects: .usage
        case .notRolledBack: .notRolledBack
        case .nothingToUndo: .unavailable
        case .inUse: .busy
        case .noSafetyBackup: .storage
        }
    }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .needsSuperuser(let database, let object, let cause):
            "the restore failed, and \(database) is as before: it holds the \(object), which this role may not create: \(cause.visible)"
        case .needsLimitedRole(_, let cause):
            "nothing vouches for this file, so only a role that can do nothing else may load it: \(cause.visible)"
        case .noLogin(let role, _, let cause):
            "nothing vouches for this file, so only a role that can do nothing else may load it, and \(role.visible) cannot log in: \(cause.visible)"
        case .foreignObjects(let file, let objects):
            "\(file) brings what would act by itself in the database: "
                + objects.prefix(20).map(\.visible).joined(separator: "; ") + (objects.count > 20 ? "; and more" : "")
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
        case .needsSuperuser(_, let object, _):
            "restore as a superuser (POSTGRES_USER=postgres), who may create the \(object); its owner and rights stay as they are"
        case .needsLimitedRole(let role, _):
            "as an administrator: CREATE ROLE \(LimitedRole.standing) LOGIN PASSWORD '…'; GRANT \(LimitedRole.standing) TO \"\(role)\"; and put the password into ~/.pgpass. Or restore as a superuser, who makes one for that time"
        case .noLogin(_, true, _):
            "connect by way of the network (POSTGRES_HOST=127.0.0.1), or let roles in with a password: as an administrator, the line 'local all all scram-sha-256' in pg_hba.conf"
        case .noLogin(let role, false, _):
            "put its password into ~/.pgpass (HOST:PORT:*:\(role.visible):PASSWORD, mode 600), and see that pg_hba.conf lets it in with it"
        case .foreignObjects: "if you know each of them and want them, add --allow-foreign-objects"
        case .rolledBack: "read the cause, and choose another one of 'ops backups' if it is the file"
        case .notRolledBack: "stop everything that writes, run the commands, then 'ops verify --deep'"
        case .mayNotCreate(let role): "as an administrator: ALTER ROLE \"\(role)\" CREATEDB"
        case .nothingToUndo: "see 'ops backups' for a copy from before the restore, and name it with --file"
        case .inUse: "stop them, and run the same command again"
        case .noSafetyBackup: "mend the cause; if the database cannot be read any more, add --no-safety-backup"
        }
    }
}
