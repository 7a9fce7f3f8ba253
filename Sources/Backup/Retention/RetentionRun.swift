package import Candles

/// Removes what the policy does not want to keep.
///
/// The caller holds the folder's exclusive lock, and has let `FolderJanitor` clean it.
package struct RetentionRun: Sendable {
    /// Called before each change of the folder, with what is about to be done; what it throws ends the run there.
    package typealias Checkpoint = @Sendable (_ step: String) throws -> Void

    private let folder: BackupFolder
    private let policy: RetentionPolicy
    private let emit: @Sendable (BackupEvent) -> Void
    private let checkpoint: Checkpoint

    package init(
        _ folder: BackupFolder, policy: RetentionPolicy, checkpoint: @escaping Checkpoint = { _ in },
        emit: @escaping @Sendable (BackupEvent) -> Void
    ) {
        self.folder = folder
        self.policy = policy
        self.checkpoint = checkpoint
        self.emit = emit
    }

    /// What `apply` would do; changes nothing, and a shared lock is enough.
    ///
    /// - Throws: `BackupFault.folderUnusable`.
    package func plan(
        for subject: RetentionSubject, now: UnixMilliseconds, forced: Bool = false
    ) throws(BackupFault) -> RetentionPlan {
        policy.plan(for: try folder.backups(), of: subject, now: now, forced: forced)
    }

    /// Removes the older backups of the database that `backup` is of, which this run has just made and verified.
    ///
    /// Data go first, then their manifests: a run that is killed in between leaves a manifest alone, which says nothing.
    /// Nothing is removed where the plan is refused, or where `backup` does not lie in the folder as a good one.
    ///
    /// - Throws: `BackupFault.folderUnusable`, `.notWritten`, with what was not removed yet still in place;
    ///   `CancellationError` between two backups.
    package func apply(
        after backup: Manifest, now: UnixMilliseconds, forced: Bool = false
    ) throws -> RetentionPlan {
        let subject = RetentionSubject(type: backup.type, database: backup.database, host: backup.host)
        let found = try plan(for: subject, now: now, forced: forced)
        let isThere = found.decisions.contains { $0.backup.isGood && $0.backup.known?.file == backup.file }
        let plan = isThere ? found : RetentionPlan(decisions: found.decisions, refusal: Self.nothingNew(backup.file))
        if let refusal = plan.refusal { emit(.retentionRefused(reason: refusal)) }
        for decision in plan.removals {
            try Task.checkCancellation()
            try remove(decision)
        }
        return plan
    }

    private func remove(_ decision: RetentionDecision) throws {
        let name = decision.backup.name
        try checkpoint("remove \(name.file)")
        try folder.remove(name.file)
        try folder.sync()
        try checkpoint("remove \(name.manifest)")
        try folder.remove(name.manifest)
        try folder.sync()
        emit(.removed(file: name.file, reason: decision.reason))
    }

    private static func nothingNew(_ file: String) -> String {
        "\(file), the new backup of this run, is not in the folder as a good one"
    }
}
