/// What `ops backup --dry-run` says: which files would be removed, which would stay, and why.
package struct BackupPreview: Encodable {
    private let files: [Entry]
    /// Why nothing would be removed.
    package private(set) var warnings: [String] = []
    private let folder: String

    package init(_ parts: BackupParts, _ type: BackupType?, forcesRetention: Bool) throws {
        var warnings: [String] = []
        files = try parts.sources(of: type).flatMap { source in
            let plan = try RetentionRun(parts.folder, policy: parts.retention, emit: { _ in }).plan(
                for: RetentionSubject(type: source.type, database: source.database), now: parts.now(),
                forced: forcesRetention)
            if let refusal = plan.refusal { warnings.append("warning: nothing would be removed: \(refusal)") }
            return plan.decisions.map { decision in
                let verdict = plan.refusal == nil ? decision.verdict : .keep
                return Entry(file: decision.backup.name.file, verdict: verdict.rawValue, reason: decision.reason)
            }
        }
        self.warnings = warnings
        folder = parts.folder.path
    }

    package var lines: [String] {
        files.isEmpty
            ? ["No backups in \(folder): nothing would be removed"]
            : files.map { "\($0.verdict)  \($0.file): \($0.reason)" }
    }

    private enum CodingKeys: CodingKey { case files }

    private struct Entry: Encodable {
        let file: String
        let verdict: String
        let reason: String
    }
}
