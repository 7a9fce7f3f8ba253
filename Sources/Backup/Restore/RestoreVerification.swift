import Candles
import Resilience

/// Reads a backup from end to end before it is restored.
enum RestoreVerification {
    /// The result is noted in the manifest.
    ///
    /// - Throws: `BackupFault.damaged`; `GzipFault.unreadable`, `JournalFault`, `CancellationError`.
    static func verify(
        _ choice: RestoreChoice, _ type: BackupType, now: @Sendable () -> UnixMilliseconds,
        emit: @Sendable (BackupEvent) -> Void
    ) throws {
        let file = choice.file
        emit(.restoring("reading \(file) from end to end"))
        guard let manifest = choice.archive.manifest, let name = choice.name else {
            if let problem = try FastVerification.problem(choice.archive.path, ofType: type) {
                throw BackupFault.damaged(file: file, problem: problem)
            }
            return
        }
        let verification = try FastVerification.run(choice.archive.path, manifest, now: now)
        try choice.folder.record(verification, of: name)
        emit(.verified(file: file, verification))
        if let problem = verification.problem { throw BackupFault.damaged(file: file, problem: problem) }
    }
}
