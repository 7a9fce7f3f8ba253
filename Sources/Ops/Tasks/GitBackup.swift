import Foundation
import Host
import Resilience
package import Scheduler

/// Lets a script commit and push a work tree.
package struct GitBackup: Sendable {
    private let script: String
    private let folder: String

    /// `script` is run in `folder`.
    package init(script: String, folder: String) {
        self.script = script
        self.folder = folder
    }

    package static let deadline = Duration.seconds(120)

    package func run() async throws -> TaskResult {
        let end = try await Program(
            script, environment: ["GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes"],
            deadline: Self.deadline, folder: folder
        ).run()
        guard end.succeeded else { throw GitBackupFault(status: end.status, lastWords: end.lastWords) }
        let words = end.output.split(whereSeparator: \.isNewline).last.map(String.init) ?? "pushed"
        return words.hasPrefix("nothing") ? .idle(words) : .done(words)
    }
}

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
