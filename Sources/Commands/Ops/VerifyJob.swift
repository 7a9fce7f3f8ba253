import Backup
import Candles
import CommandRuntime
import Foundation
import Journal

/// One run of `ops verify`.
struct VerifyJob: Sendable {
    enum Choice: Sendable {
        case all
        /// The newest of each database that has a manifest.
        case newest
        case named([String])
    }

    let parts: Composition
    let output: CommandOutput

    func run(_ choice: Choice, deep: Bool) async throws -> ExitStatus {
        let folder = parts.folder
        try folder.prepare()
        let lock = try folder.lock(exclusive: false)
        defer { lock.release() }
        let backups = try chosen(choice, in: folder)
        if backups.isEmpty { throw BackupFault.notFound(type: nil, folder: folder.path) }
        let verifier = parts.verifier(folder)
        var results: [VerificationDocument] = []
        for backup in backups {
            let result = VerificationDocument(backup.name.file, try await verifier.verify(backup, deep: deep))
            if !output.json { output.say(result.line) }
            results.append(result)
        }
        if output.json { output.print(["verified": results]) }
        return results.contains { $0.isDamaged } ? .suspect : .complete
    }

    private func chosen(_ choice: Choice, in folder: BackupFolder) throws -> [StoredBackup] {
        let backups = try folder.backups()
        switch choice {
        case .all: return backups
        case .newest:
            let known = backups.filter { $0.known != nil }
            return Dictionary(grouping: known) { "\($0.name.type) \($0.known?.database ?? "")" }
                .values.compactMap(\.last).sorted { $0.name < $1.name }
        case .named(let files):
            return try files.map { file in
                let name = URL(filePath: file).lastPathComponent
                guard let backup = backups.first(where: { $0.name.file == name }) else {
                    throw BackupFault.fileMissing(path: file)
                }
                return backup
            }
        }
    }
}

/// What a verification found, for `--json` and as a line.
struct VerificationDocument: Encodable {
    let file: String
    /// `fast`, `deep`, or nil where there is no manifest to compare with.
    let depth: String?
    /// `verified`, `damaged`, or `unproven`: it can be read, but nothing tells what it should hold.
    let result: String
    let milliseconds: Int64
    let problem: String?

    init(_ file: String, _ finding: BackupFinding) {
        self.file = file
        switch finding {
        case .compared(let verification):
            depth = verification.depth.rawValue
            result = verification.passed ? "verified" : "damaged"
            milliseconds = verification.milliseconds
            problem = verification.problem
        case .damaged(let reason):
            depth = nil
            result = "damaged"
            milliseconds = 0
            problem = reason
        case .unproven:
            depth = nil
            result = "unproven"
            milliseconds = 0
            problem = nil
        }
    }

    var isDamaged: Bool { result == "damaged" }

    var line: String {
        switch result {
        case "verified": "\(file): verified (\(depth ?? "")), \(milliseconds) ms"
        case "damaged": "\(file): DAMAGED: \(problem ?? "")"
        default: "\(file): readable to its end, but without a manifest nothing tells what it should hold"
        }
    }
}
