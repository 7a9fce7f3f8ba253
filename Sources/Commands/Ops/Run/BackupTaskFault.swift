import Backup
import Resilience

/// A backup that was due and was not made.
struct BackupTaskFault: Fault {
    let type: BackupType
    let status: Int
    let lastWords: String

    var code: String { "backup-task-failed" }
    var kind: FaultKind { .unavailable }
    var disposition: Disposition { .retryable(after: nil) }
    var summary: String { "'ops backup --type \(type.rawValue)' ended with exit code \(status): \(lastWords)" }
    var hint: String? { "run it by hand; its error has a heading in docs/RUNBOOK.md" }
}
