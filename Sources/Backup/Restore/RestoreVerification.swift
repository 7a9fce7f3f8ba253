import Candles
import Resilience

/// Reads a backup from end to end before it is restored.
enum RestoreVerification {
    /// The result is noted in the manifest, where that can be written.
    ///
    /// - Throws: `BackupFault.damaged`; `GzipFault.unreadable`, `CancellationError`.
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
        do {
            try choice.folder.record(verification, of: name)
        } catch let fault as any Fault {
            // A medium that can only be read must not keep anybody from a restore.
            emit(.restoring("the result is not noted in the manifest: \(fault.summary)"))
        }
        emit(.verified(file: file, verification))
        if let problem = verification.problem { throw BackupFault.damaged(file: file, problem: problem) }
    }
}
