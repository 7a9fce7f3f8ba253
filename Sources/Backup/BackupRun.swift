package import Candles
import Foundation
import Resilience

/// Makes one backup: copied from one moment of a database, read back, and only then given its name.
///
/// Whoever runs it holds the folder's exclusive lock.
package struct BackupRun: Sendable {
    private let source: any BackupSource
    private let folder: BackupFolder
    private let occasion: BackupOccasion
    private let acceptsFewerRows: Bool
    private let now: @Sendable () -> UnixMilliseconds
    private let emit: @Sendable (BackupEvent) -> Void

    /// `acceptsFewerRows`: a person says that the rows that are missing since the last backup are rightly gone.
    package init(
        _ source: any BackupSource, in folder: BackupFolder, occasion: BackupOccasion, acceptsFewerRows: Bool = false,
        now: @escaping @Sendable () -> UnixMilliseconds, emit: @escaping @Sendable (BackupEvent) -> Void
    ) {
        self.source = source
        self.folder = folder
        self.occasion = occasion
        self.acceptsFewerRows = acceptsFewerRows
        self.now = now
        self.emit = emit
    }

    /// - Returns: The manifest of the new backup, verified by reading the file back; it may be under suspicion.
    /// - Throws: `BackupFault`, `GzipFault`, `PostgresFault`, `CancellationError`; then nothing was published, and what was
    ///   written is removed.
    package func run() async throws -> Manifest {
        emit(.started(source.type, database: source.database))
        let facts = try await source.look()
        if !facts.unrestorable.isEmpty { emit(.unrestorable(facts.unrestorable)) }
        let previous = try previous()
        try checkSpace(facts, previous)
        let name = folder.freeName(BackupName(source.type, at: now()))
        let scratch = folder.partial(name.file + ".copy")
        defer {
            // Published under other names, or not wanted any more.
            for path in [scratch, folder.partial(name.file), folder.partial(name.manifest)] {
                try? FileManager.default.removeItem(atPath: path)
            }
        }
        let archive = try ArchiveWriter(path: folder.partial(name.file))
        let tables = try await source.copy(into: archive, scratch: scratch) { [emit] in
            emit(.progress(bytes: $0, expected: facts.expectedBytes))
        }
        let (compressed, raw) = try archive.finish()
        var manifest = Manifest(
            type: source.type, occasion: occasion, file: name.file, database: source.database,
            host: RetentionSubject.thisHost, createdAt: name.time.iso8601, finishedAt: now().iso8601,
            compressed: compressed, raw: raw, source: facts.source, schemaVersion: facts.schemaVersion, tables: tables,
            newestCandle: facts.newestCandle, verifications: [])
        try verify(&manifest, at: folder.partial(name.file))
        // What a restore replaces is expected to be poor, and never counts among the good ones.
        manifest.suspicion = acceptsFewerRows || occasion == .beforeRestore ? nil : suspicion(manifest, previous)
        try Task.checkCancellation()
        try folder.publish(name, manifest)
        emit(.finished(manifest))
        if let suspicion = manifest.suspicion { emit(.suspicious(manifest, reason: suspicion)) }
        return manifest
    }

    /// The newest good one to compare with: one from before a restore tells nothing of what came after it.
    private func previous() throws -> Manifest? {
        let subject = RetentionSubject(type: source.type, database: source.database)
        let mine = subject.own(among: try folder.backups(), now: now())
        let restored = mine.last { $0.known?.replacedBy != nil }?.name
        return mine.last { backup in
            backup.isGood && backup.known?.occasion != .beforeRestore && (restored.map { $0 < backup.name } ?? true)
        }?.known
    }

    private func verify(_ manifest: inout Manifest, at path: String) throws {
        let verification = try FastVerification.run(path, manifest, now: now)
        if let problem = verification.problem {
            throw BackupFault.damaged(file: manifest.file, problem: "read back, \(problem)")
        }
        manifest.record(verification)
        emit(.verified(file: manifest.file, verification))
    }

    /// Room for a third more than the last one took, and for the scratch copy.
    private func checkSpace(_ facts: SourceFacts, _ previous: Manifest?) throws {
        let expected = previous.map { $0.compressed.bytes * 13 / 10 } ?? facts.expectedBytes / 2
        let needed = expected + facts.scratchBytes + Self.spareBytes
        if let free = folder.freeBytes(), free < needed {
            throw BackupFault.noSpace(path: folder.path, free: free, needed: needed)
        }
    }

    private static let spareBytes = 4 << 20

    private func suspicion(_ manifest: Manifest, _ previous: Manifest?) -> String? {
        guard let previous else { return nil }
        if manifest.rows * 10 < previous.rows * 7 {
            return "it has \(manifest.rows) rows, and the one of \(previous.createdAt) has \(previous.rows)"
        }
        let now = Dictionary(manifest.tables.map { ($0.name, $0.rows) }, uniquingKeysWith: { one, _ in one })
        for table in previous.tables where table.rows >= Self.tellingRows {
            let rows = now[table.name] ?? 0
            if rows * 10 < table.rows * 7 {
                return "its table \(table.name) has \(rows) rows, and that of \(previous.createdAt) has \(table.rows)"
            }
        }
        return nil
    }

    /// Smaller tables come and go.
    private static let tellingRows = 1000
}

/// What happens while backups are made, verified, removed and restored: for people, alerts and metrics.
package enum BackupEvent: Sendable {
    case started(BackupType, database: String)
    /// Raw bytes so far, and how many are expected; both are rough.
    case progress(bytes: Int, expected: Int)
    case finished(Manifest)
    case suspicious(Manifest, reason: String)
    /// The backup is good, but the role that made it could not restore these.
    case unrestorable([String])
    case verified(file: String, Manifest.Verification)
    /// Leftovers of a killed run were removed or completed.
    case cleaned(String)
    case removed(file: String, reason: String)
    /// Nothing was removed.
    case retentionRefused(reason: String)
    /// One step of a restore has begun.
    case restoring(String)
    case restored(database: String, from: String)
}
