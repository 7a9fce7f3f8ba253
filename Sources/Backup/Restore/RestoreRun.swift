package import Candles
import Foundation
import Journal
package import Resilience
import Storage

/// Restores a database: chooses a backup, verifies it, asks, saves what there is, and replaces it.
package struct RestoreRun: Sendable {
    private let target: any RestoreTarget
    private let folder: BackupFolder
    private let request: RestoreRequest
    private let makeSafetyBackup: @Sendable () async throws -> Manifest
    private let now: @Sendable () -> UnixMilliseconds
    private let emit: @Sendable (BackupEvent) -> Void
    private let checkpoint: @Sendable (RestoreStep) throws -> Void

    /// `makeSafetyBackup` backs up what the target holds, for the occasion `beforeRestore`; the folder is locked then.
    package init(
        _ target: any RestoreTarget, from folder: BackupFolder, _ request: RestoreRequest,
        makeSafetyBackup: @escaping @Sendable () async throws -> Manifest,
        now: @escaping @Sendable () -> UnixMilliseconds, emit: @escaping @Sendable (BackupEvent) -> Void,
        checkpoint: @escaping @Sendable (RestoreStep) throws -> Void = { _ in }
    ) {
        self.checkpoint = checkpoint
        self.target = target
        self.folder = folder
        self.request = request
        self.makeSafetyBackup = makeSafetyBackup
        self.now = now
        self.emit = emit
    }

    /// `confirm` gets the plan, and says whether to go on.
    ///
    /// - Throws: `BackupFault`, `GzipFault`, `JournalFault`, `StorageFault`, `PostgresFault`, `CancellationError` where the
    ///   database was not touched; `RestoreFault`.
    package func run(confirm: @Sendable (RestorePlan) async throws -> Bool) async throws -> RestoreOutcome {
        let lock = try lockFolder()
        defer { lock?.release() }
        if !request.isDryRun { try await clean() }
        let swaps = request.isUndo ? try await target.canSwapBack() : false
        let choice = swaps ? nil : try await choose()
        if !swaps { try verify(choice) }
        if let choice { try await refuseForeignObjects(choice.archive) }
        let plan = try await plan(choice)
        if request.isDryRun { return RestoreOutcome(plan: plan, ending: .planned, safetyBackup: nil) }
        try check(plan)
        try Task.checkCancellation()
        guard try await confirm(plan) else { return RestoreOutcome(plan: plan, ending: .declined, safetyBackup: nil) }
        try Task.checkCancellation()
        return try await target.withoutWriters { try await carryOut(plan, choice) }
    }

    /// A plan alone leaves no folder behind.
    private func lockFolder() throws -> JobLock? {
        if request.isDryRun, !FileManager.default.fileExists(atPath: folder.path) { return nil }
        try folder.prepare()
        return try folder.lock(exclusive: true)
    }

    private func clean() async throws {
        try FolderJanitor(folder, emit: emit).clean()
        for name in try await target.clean() {
            emit(.cleaned("\(name): left by a killed restore, and removed"))
        }
    }

    private func verify(_ choice: RestoreChoice?) throws {
        guard let choice else { throw RestoreFault.nothingToUndo(database: target.database) }
        try RestoreVerification.verify(choice, target.type, now: now, emit: emit)
        let known = (target.type == .postgres ? Migration.postgres : Migration.sqlite).last?.version ?? 0
        if let version = choice.archive.manifest?.schemaVersion, version > known {
            throw StorageFault.schemaNewer(database: choice.file, found: version, known: known)
        }
    }

    /// What a stranger's file would make the database do later.
    private func refuseForeignObjects(_ archive: RestoreArchive) async throws {
        let objects = try await target.foreignObjects(in: archive)
        if archive.isOurs || request.allowsForeignObjects || objects.isEmpty { return }
        throw RestoreFault.foreignObjects(file: archive.name, objects: objects)
    }

    private func choose() async throws -> RestoreChoice? {
        let subject = RetentionSubject(type: target.type, database: target.database)
        if request.isUndo {
            return try RestoreChoice.wayBack(
                of: subject, id: await target.currentID(), in: folder, now: now(),
                allowsUnverified: request.allowsUnverified)
        }
        guard let file = request.file else {
            return try RestoreChoice.newest(
                of: subject, in: folder, now: now(), allowsUnverified: request.allowsUnverified)
        }
        return try RestoreChoice.named(
            file, in: folder, type: target.type, allowsUnverified: request.allowsUnverified)
    }

    private func plan(_ choice: RestoreChoice?) async throws -> RestorePlan {
        var contents: DatabaseContents?
        var problem: String?
        do {
            contents = try await target.contents()
        } catch BackupFault.sourceDamaged(_, let found) {
            problem = found
        }
        return RestorePlan(
            database: target.database, name: target.name, isUndo: request.isUndo, file: choice?.archive.path,
            manifest: choice?.archive.manifest, contents: contents, problem: problem,
            room: try await room(choice), isVerifiedNow: choice != nil,
            makesSafetyBackup: request.makesSafetyBackup, signature: choice?.signature ?? .unchecked)
    }

    private func room(_ choice: RestoreChoice?) async throws -> RestoreRoom? {
        guard let choice else { return nil }
        return try await target.room(for: choice.archive)
    }

    private func check(_ plan: RestorePlan) throws {
        if let room = plan.room, room.free < room.needed {
            throw BackupFault.noSpace(path: room.path, free: room.free, needed: room.needed)
        }
        if let problem = plan.problem, request.makesSafetyBackup, plan.file != nil {
            throw RestoreFault.noSafetyBackup(database: target.database, cause: problem)
        }
    }

    private func carryOut(_ plan: RestorePlan, _ choice: RestoreChoice?) async throws -> RestoreOutcome {
        guard let choice else {
            guard try await target.swapBack() else { throw RestoreFault.nothingToUndo(database: target.database) }
            return RestoreOutcome(plan: plan, ending: .swappedBack, safetyBackup: nil)
        }
        let safety = try await saveWhatIsThere(plan)
        try Task.checkCancellation()
        var archive = choice.archive
        archive.allowsForeignObjects = request.allowsForeignObjects
        let name = safety.flatMap { BackupName(file: $0.file) }
        try checkpoint(.saved)
        try await target.replace(
            with: archive,
            mark: { [folder, checkpoint] id in
                if let name { try Self.mark(name, in: folder) { $0.replacing = .init(file: choice.file, id: id) } }
                try checkpoint(.marked)
            }, emit: emit)
        try checkpoint(.replaced)
        note(name, replacedBy: choice.file)
        emit(.restored(database: target.database, from: choice.file))
        return RestoreOutcome(plan: plan, ending: .restored, safetyBackup: safety?.file)
    }

    /// The way back must be known before anything is replaced.
    private static func mark(
        _ name: BackupName, in folder: BackupFolder, _ change: (inout Manifest) -> Void
    ) throws {
        do {
            try folder.amend(name, change)
        } catch let fault as any Fault {
            throw RestoreFault.noSafetyBackup(database: name.file, cause: fault.summary)
        }
    }

    /// The database is restored by now, whatever becomes of this: the mark of before tells the way back as well.
    private func note(_ name: BackupName?, replacedBy file: String) {
        guard let name else { return }
        do {
            try folder.amend(name) { $0.replacedBy = file }
        } catch {
            emit(
                .restoring(
                    "that it is restored is not noted in \(name.manifest): \((error as? any Fault)?.summary ?? "\(error)")"
                ))
        }
    }

    private func saveWhatIsThere(_ plan: RestorePlan) async throws -> Manifest? {
        guard request.makesSafetyBackup, plan.hasSomethingToSave else { return nil }
        emit(.restoring("backing up what there is"))
        do {
            return try await makeSafetyBackup()
        } catch let fault as BackupFault {
            throw RestoreFault.noSafetyBackup(database: target.database, cause: fault.summary)
        }
    }
}

/// Where a restore can be killed, for tests.
package enum RestoreStep: Sendable, CaseIterable {
    /// What was there is backed up.
    case saved
    /// Everything is ready, and the safety backup says so.
    case marked
    case replaced
}

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
            "this installation did not sign this file, so only a role without any other right may load it: \(cause.visible)"
        case .noLogin(let role, _, let cause):
            "this installation did not sign this file, so only a role without any other right may load it, and \(role.visible) cannot log in: \(cause.visible)"
        case .foreignObjects(let file, let objects):
            "\(file) holds objects that would run by themselves in the database: "
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
        case .rolledBack: "read the cause; if the file is at fault, choose another backup ('ops backups' lists them)"
        case .notRolledBack: "stop everything that writes, run the commands, then 'ops verify --deep'"
        case .mayNotCreate(let role): "as an administrator: ALTER ROLE \"\(role)\" CREATEDB"
        case .nothingToUndo: "see 'ops backups' for a copy from before the restore, and name it with --file"
        case .inUse: "stop them, and run the same command again"
        case .noSafetyBackup: "mend the cause; if the database cannot be read any more, add --no-safety-backup"
        }
    }
}
