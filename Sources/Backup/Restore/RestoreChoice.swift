import Foundation
import Gzip

/// The backup that a restore takes.
struct RestoreChoice {
    let archive: RestoreArchive
    /// Where it lies in a folder of backups, with a name of this program.
    let name: BackupName?
    let folder: BackupFolder

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
        let home = BackupFolder(url.deletingLastPathComponent())
        let stored = try home.backup(named: url.lastPathComponent)
        switch stored?.manifest {
        case .damaged:
            throw BackupFault.damaged(file: url.lastPathComponent, problem: "its manifest is damaged")
        case .read(let manifest):
            return try RestoreChoice(url.path, manifest, home, type)
        case .missing, nil:
            if !allowsUnverified { throw BackupFault.unverified(file: url.lastPathComponent) }
            return try RestoreChoice(url.path, nil, home, type)
        }
    }

    /// The newest good backup of the database; a copy of what an earlier restore replaced is not meant.
    ///
    /// - Throws: `BackupFault.notFound`, `.ofOthers`.
    static func newest(of database: String, in folder: BackupFolder, type: BackupType) throws -> RestoreChoice {
        let good = try folder.backups().filter { $0.name.type == type && $0.isGood }
        let mine = good.filter { $0.known?.database == database && $0.known?.occasion != .beforeRestore }
        if let newest = mine.last { return try RestoreChoice(newest, folder) }
        let others = Set(good.compactMap { $0.known?.database }).subtracting([database]).sorted()
        if others.isEmpty { throw BackupFault.notFound(type: type, folder: folder.path) }
        throw BackupFault.ofOthers(type: type, database: database, others: others)
    }

    /// The newest copy of what a restore replaced; nil where there is none.
    ///
    /// One that a restore made first and then did not come to its end is no way back: nothing was replaced.
    static func wayBack(of database: String, in folder: BackupFolder, type: BackupType) throws -> RestoreChoice? {
        try folder.backups().last { stored in
            guard let manifest = stored.known else { return false }
            return stored.name.type == type && manifest.database == database && manifest.occasion == .beforeRestore
                && manifest.isVerified && manifest.replacedBy != nil
        }.map { try RestoreChoice($0, folder) }
    }

    private init(_ stored: StoredBackup, _ folder: BackupFolder) throws {
        try self.init(folder.path(stored.name.file), stored.known, folder, stored.name.type)
    }

    private init(_ path: String, _ manifest: Manifest?, _ folder: BackupFolder, _ type: BackupType) throws {
        let file = URL(filePath: path).lastPathComponent
        if let manifest, manifest.formatVersion > Manifest.knownFormat {
            throw BackupFault.noSuchFormat(file: file, found: manifest.formatVersion)
        }
        name = BackupName(file: file)
        self.folder = folder
        archive = RestoreArchive(path: path, manifest: manifest)
        let found = try manifest?.type ?? ArchiveContent.type(path)
        if found != type { throw BackupFault.wrongType(file: file, wanted: type, found: found) }
        if name?.type == .journal { throw BackupFault.wrongType(file: file, wanted: type, found: .journal) }
    }
}
