import Backup
import CommandRuntime

/// What `ops backup --dry-run` says: which files would go and which would stay, and why.
struct BackupPreview {
    let parts: Composition
    let output: CommandOutput
    let forcesRetention: Bool

    func run(_ type: BackupType?) throws -> ExitStatus {
        let entries = try parts.sources(of: type).flatMap(entries)
        if output.json {
            output.print(["files": entries])
        } else {
            for entry in entries { output.say("\(entry.verdict)  \(entry.file): \(entry.reason)") }
            if entries.isEmpty { output.say("No backups in \(parts.folder.path): nothing would be removed") }
        }
        return .complete
    }

    private func entries(of source: any BackupSource) throws -> [Entry] {
        let plan = try RetentionRun(parts.folder, policy: parts.retention, emit: { _ in }).plan(
            for: RetentionSubject(type: source.type, database: source.database), now: Composition.now(),
            forced: forcesRetention)
        if let refusal = plan.refusal { output.note("warning: nothing would be removed: \(refusal)") }
        return plan.decisions.map { decision in
            Entry(
                file: decision.backup.name.file,
                verdict: plan.refusal == nil ? decision.verdict.rawValue : RetentionDecision.Verdict.keep.rawValue,
                reason: decision.reason)
        }
    }

    private struct Entry: Encodable {
        let file: String
        let verdict: String
        let reason: String
    }
}
