import Resilience

/// A push that failed; what git said has no secrets in it, since an address with a password is cut out.
struct GitBackupFault: Fault {
    let status: Int
    let lastWords: String

    var code: String { "git-backup-failed" }
    var kind: FaultKind { .unavailable }
    var disposition: Disposition { .retryable(after: nil) }
    var summary: String { "the git backup ended with exit code \(status): \(words)" }
    var hint: String? { "run scripts/sync_champion.sh in GIT_BACKUP_DIR by hand" }

    private var words: String {
        lastWords.replacing(/:\/\/[^\/@\s]+@/, with: "://<redacted>@")
    }
}
