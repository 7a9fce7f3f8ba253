import Candles
import Foundation
import Gzip

/// The backup that a restore takes.
struct RestoreChoice {
    let archive: RestoreArchive
    /// Where it lies in a folder of backups, with a name of this program.
    let name: BackupName?
    let folder: BackupFolder
    let signature: ManifestSignature

    var file: String { URL(filePath: archive.path).lastPathComponent }

    /// The file that a person named: a path, or a name in the folder.
    ///
    /// - Throws: `BackupFault`, `GzipFault.unreadable`.
    static func named(
        _ file: String, in folder: BackupFolder, type: BackupType, allowsUnverified: Bool
    ) throws -> RestoreChoice {
        let there = folder.path(file)
        let isName = !file.contains("/") && FileManager.default.fileExists(atPath: there)
        let url = URL(filePath: isName ? there : file).resolvingSymlinksInPath()
        guard (try? url.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true else {
            throw BackupFault.fileMissing(path: file)
        }
        let home = folder.other(url.deletingLastPathComponent())
        let stored = try home.backup(named: url.lastPathComponent)
        switch stored?.manifest {
        case .damaged:
            throw BackupFault.damaged(file: url.lastPathComponent, problem: "its manifest is damaged")
        case .read:
            guard let stored else { throw BackupFault.fileMissing(path: file) }
            return try vouched(stored, home, type, allowsUnverified)
        case .missing, nil:
            if !allowsUnverified { throw BackupFault.unverified(file: url.lastPathComponent) }
            return try RestoreChoice(url.path, nil, home, type, isOurs: false)
        }
    }

    /// The newest good backup of the database; a copy of what an earlier restore replaced is not meant.
    ///
    /// - Throws: `BackupFault.notFound`, `.ofOthers`.
    static func newest(
        of subject: RetentionSubject, in folder: BackupFolder, now: UnixMilliseconds, allowsUnverified: Bool
    ) throws -> RestoreChoice {
        let all = try folder.backups()
        let mine = subject.good(among: all, now: now).filter { $0.known?.occasion != .beforeRestore }
        // One that anybody could have written comes after those that only this installation could.
        if let newest = mine.last(where: \.isOurs) ?? mine.last {
            return try vouched(newest, folder, subject.type, allowsUnverified)
        }
        let others = Set(
            all.filter { $0.isGood && $0.name.type == subject.type }.compactMap { subject.stranger($0, now) })
        if others.isEmpty { throw BackupFault.notFound(type: subject.type, folder: folder.path) }
        throw BackupFault.ofOthers(type: subject.type, database: subject.database, others: others.sorted())
    }

    /// The copy of what the last restore replaced; nil where there is none.
    ///
    /// One that a restore made first and then did not come to its end is no way back: nothing was replaced. The database's own
    /// `id` tells which one did.
    static func wayBack(
        of subject: RetentionSubject, id: String?, in folder: BackupFolder, now: UnixMilliseconds,
        allowsUnverified: Bool
    ) throws -> RestoreChoice? {
        try subject.own(among: try folder.backups(), now: now).last { stored in
            guard let manifest = stored.known else { return false }
            guard manifest.occasion == .beforeRestore, manifest.isVerified else { return false }
            // Where there are ids they tell it; else it counts what the restore noted at its end.
            guard let replacing = manifest.replacing, replacing.id != nil, let id else {
                return manifest.replacedBy != nil
            }
            return replacing.id == id
        }.map { try vouched($0, folder, subject.type, allowsUnverified) }
    }

    /// - Throws: `BackupFault.unsigned` unless a person vouches for it; `.signatureWrong` whoever does.
    private static func vouched(
        _ stored: StoredBackup, _ folder: BackupFolder, _ type: BackupType, _ allowsUnverified: Bool
    ) throws -> RestoreChoice {
        if stored.signature == .wrong { throw BackupFault.signatureWrong(file: stored.name.file) }
        if !stored.isOurs, !allowsUnverified {
            throw BackupFault.unsigned(file: stored.name.file, signature: stored.signature)
        }
        return try RestoreChoice(
            folder.path(stored.name.file), stored.known, folder, type, isOurs: stored.isOurs, stored.signature)
    }

    private init(
        _ path: String, _ manifest: Manifest?, _ folder: BackupFolder, _ type: BackupType, isOurs: Bool,
        _ signature: ManifestSignature = .unchecked
    ) throws {
        self.signature = signature
        let file = URL(filePath: path).lastPathComponent
        if let manifest, manifest.formatVersion > Manifest.knownFormat {
            throw BackupFault.noSuchFormat(file: file, found: manifest.formatVersion)
        }
        name = BackupName(file: file)
        self.folder = folder
        archive = RestoreArchive(path: path, manifest: manifest, isOurs: isOurs)
        let found = try manifest?.type ?? ArchiveContent.type(path)
        if found != type { throw BackupFault.wrongType(file: file, wanted: type, found: found) }
        if name?.type == .journal { throw BackupFault.wrongType(file: file, wanted: type, found: .journal) }
    }
}

extension RetentionSubject {
    /// What a person is told of a good backup that is not taken by itself; nil for one that is.
    fileprivate func stranger(_ backup: StoredBackup, _ now: UnixMilliseconds) -> String? {
        guard objection(to: backup, now: now) != nil, let manifest = backup.known else { return nil }
        if manifest.database != database { return manifest.database }
        return manifest.host != host
            ? "\(manifest.database) on the host \(manifest.host)" : "the future, \(manifest.file)"
    }
}
