import Foundation
package import Jobs
import Journal
import Logging
import Resilience

/// One run of `ops verify`.
package struct VerifyJob: Sendable {
    package enum Choice: Sendable {
        case all
        /// The newest of each database that has a manifest.
        case newest
        case named([String])
    }

    private let parts: BackupParts
    private let output: any JobOutput

    package init(parts: BackupParts, output: any JobOutput) {
        self.parts = parts
        self.output = output
    }

    /// What is not chosen by name is a run of the journal, so that a timer that stopped is missed.
    package func run(_ choice: Choice, deep: Bool) async throws -> VerificationsDocument {
        if case .named = choice { return try await look(choice, deep: deep) }
        let memory = try? parts.journal()  // Backups are looked at also where the journal is what is broken.
        let run = try? await memory?.beginRun(job: JobName.backupVerify.rawValue, series: nil)
        return try await RunRecord(run, in: memory, output: output).during {
            try await look(choice, deep: deep)
        } endedAs: { (documents: VerificationsDocument) in
            .init((documents.status == .complete ? RunOutcome.complete : .suspect).rawValue, nil)
        }
    }

    /// One that cannot be looked at keeps nobody from looking at the others.
    private func look(_ choice: Choice, deep: Bool) async throws -> VerificationsDocument {
        let chosen = try chosen(choice)
        if chosen.isEmpty { throw BackupFault.notFound(type: nil, folder: parts.folder.path) }
        var documents: [VerificationDocument] = []
        var statuses: [ExitStatus] = []
        for (folder, backup) in chosen {
            let document: VerificationDocument
            do {
                document = VerificationDocument(backup.name.file, try await verify(backup, in: folder, deep: deep))
                statuses.append(document.isDamaged ? .suspect : .complete)
                output.report(document.line, document.isDamaged ? .error : .info)
            } catch  where !(error is CancellationError) && !Task.isCancelled {
                output.fail(error, document: false)
                document = VerificationDocument(backup.name.file, failed: error)
                statuses.append(ExitStatus(ending: error))
            }
            documents.append(document)
        }
        return VerificationsDocument(verified: documents, status: .worst(of: statuses))
    }

    private func verify(_ backup: StoredBackup, in folder: BackupFolder, deep: Bool) async throws -> BackupFinding {
        let lock = try folder.lock(exclusive: false)
        defer { lock.release() }
        return try await parts.verifier(folder).verify(backup, deep: deep)
    }

    private func chosen(_ choice: Choice) throws -> [(BackupFolder, StoredBackup)] {
        let folder = parts.folder
        switch choice {
        case .all: return try folder.backups().map { (folder, $0) }
        case .newest: return newest(try folder.backups()).map { (folder, $0) }
        case .named(let files):
            return try files.map { file in
                let place =
                    file.contains("/")
                    ? BackupFolder(URL(filePath: file).deletingLastPathComponent(), key: folder.keyFile) : folder
                guard let backup = try place.backup(named: URL(filePath: file).lastPathComponent) else {
                    throw BackupFault.fileMissing(path: file)
                }
                return (place, backup)
            }
        }
    }

    /// Of each database of each host the newest that is not of the future, and of each type whatever is newer and does not say of which database it is.
    private func newest(_ backups: [StoredBackup]) -> [StoredBackup] {
        let backups = backups.filter { !$0.isOfTheFuture(now: parts.now()) }
        let known = backups.filter { $0.known != nil }
        let newest = Dictionary(grouping: known) {
            "\($0.name.type) \($0.known?.host ?? "") \($0.known?.database ?? "")"
        }
        .values.compactMap(\.last)
        let unknown = backups.filter { backup in
            backup.known == nil && !known.contains { $0.name.type == backup.name.type && backup.name < $0.name }
        }
        return (newest + unknown).sorted { $0.name < $1.name }
    }
}

/// What `ops verify --json` prints.
package struct VerificationsDocument: Encodable {
    let verified: [VerificationDocument]
    /// The worst of them.
    package let status: ExitStatus

    private enum CodingKeys: CodingKey { case verified }
}

/// What a verification found, for `--json` and as a line.
struct VerificationDocument: Encodable {
    let file: String
    /// `fast`, `deep`, or nil where there is no manifest to compare with.
    let depth: String?
    /// `verified`, `damaged`, `unproven` (it can be read, but nothing tells what it should hold), or `unknown` (nobody could look).
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

    init(_ file: String, failed error: any Error) {
        self.file = file
        depth = nil
        result = "unknown"
        milliseconds = 0
        problem = (error as? any Fault)?.summary ?? "\(error)"
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
