import Candles
import Foundation

@testable import Backup

/// Backups as retention sees them: made up, and tiny.
enum RetentionSample {
    /// What is known of a file.
    enum State: CaseIterable, Sendable {
        case good, failed, unverified, suspicious, withoutManifest, damaged, newerFormat
    }

    static let subject = RetentionSubject(type: .sqlite, database: "sqlite:/candles.db", host: "h")
    static let hour: UnixMilliseconds = 3_600_000
    static let day: UnixMilliseconds = 24 * hour

    static func backup(
        at time: UnixMilliseconds, _ state: State = .good, _ occasion: BackupOccasion = .scheduled,
        of subject: RetentionSubject = subject
    ) -> StoredBackup {
        let name = BackupName(subject.type, at: time)
        let manifest = manifest(name, state, occasion, subject)
        return switch state {
        case .withoutManifest: StoredBackup(name: name, bytes: 4, manifest: .missing)
        case .damaged: StoredBackup(name: name, bytes: 4, manifest: .damaged)
        default: StoredBackup(name: name, bytes: 4, manifest: .read(manifest))
        }
    }

    static func manifest(
        _ name: BackupName, _ state: State, _ occasion: BackupOccasion, _ subject: RetentionSubject
    ) -> Manifest {
        let time = name.time.iso8601
        let content = Manifest.Content(bytes: 4, sha256: "00")
        var manifest = Manifest(
            type: subject.type, occasion: occasion, file: name.file, database: subject.database, host: subject.host,
            createdAt: time, finishedAt: time, compressed: content, raw: content,
            source: .postgres(server: "17.0", dump: "17.0"), tables: [], verifications: [])
        if state == .newerFormat { manifest.formatVersion += 1 }
        if state == .suspicious { manifest.suspicion = "far fewer rows" }
        if state != .unverified {
            manifest.record(.init(depth: .fast, at: time, passed: state != .failed, milliseconds: 1))
        }
        return manifest
    }

    /// Puts a backup into a folder, as it would lie there.
    @discardableResult static func write(
        to folder: URL, at time: UnixMilliseconds, _ state: State = .good, _ occasion: BackupOccasion = .scheduled,
        of subject: RetentionSubject = subject
    ) throws -> Manifest {
        let name = BackupName(subject.type, at: time)
        let manifest = manifest(name, state, occasion, subject)
        try Data("data".utf8).write(to: folder.appending(path: name.file))
        let text = try ManifestText.encode(manifest)
        switch state {
        case .withoutManifest: break
        case .damaged: try Data(text.dropLast(9).utf8).write(to: folder.appending(path: name.manifest))
        default: try Data(text.utf8).write(to: folder.appending(path: name.manifest))
        }
        return manifest
    }
}

extension URL {
    /// The names of everything in the folder, sorted.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

extension RetentionPlan {
    var kept: Set<BackupName> {
        let removed = Set(removals.map(\.backup.name))
        return Set(decisions.map(\.backup.name)).subtracting(removed)
    }
}
