import Foundation
import Journal

extension BackupFolder {
    /// The first free name of a backup at `name`'s time or in one of the seconds after it.
    func freeName(_ name: BackupName) -> BackupName {
        var name = name
        while FileManager.default.fileExists(atPath: path(name.file))
            || FileManager.default.fileExists(atPath: path(name.manifest))
        {
            name = BackupName(name.type, at: name.time + 1000)
        }
        return name
    }

    /// Gives a whole, verified archive its name, and then its manifest: from that moment on it is a backup.
    ///
    /// Killed between the two, the next run completes it; see `FolderJanitor`.
    func publish(_ name: BackupName, _ manifest: Manifest) throws {
        let text = try ManifestText.encode(manifest, key: try key())
        try ArchiveFile.write(Array(text.utf8), to: partial(name.manifest))
        try rename(partialPrefix + name.file, to: name.file)
        do {
            try rename(partialPrefix + name.manifest, to: name.manifest)
        } catch {
            try remove(name.file)
            throw error
        }
        try sync()
    }

    /// The key of this installation, made where there is none yet; nil where nothing is signed.
    ///
    /// - Throws: `BackupFault.keyUnusable`.
    func key() throws(BackupFault) -> BackupKey? {
        guard let keyFile else { return nil }
        let place = url.resolvingSymlinksInPath().path
        if keyFile.url.deletingLastPathComponent().resolvingSymlinksInPath().path == place {
            throw .keyUnusable(path: keyFile.url.path, reason: "it lies among the backups, whose readers would have it")
        }
        return try keyFile.readOrMake()
    }

    /// Makes the key of this installation where there is none; one that is there stays as it is.
    ///
    /// - Returns: Whether it was made now.
    /// - Throws: `BackupFault.keyUnusable`.
    package func makeKey() throws(BackupFault) -> Bool {
        let isThere = try keyFile?.read() != nil
        return try key() != nil && !isThere
    }

    /// The id of this installation: that of its key.
    ///
    /// - Throws: `BackupFault.keyUnusable`.
    package func installation() throws(BackupFault) -> String { try key()?.id ?? "unkeyed" }

    /// Adds a verification to a backup's manifest.
    ///
    /// - Throws: `BackupFault`, `JournalFault`.
    package func record(_ verification: Manifest.Verification, of name: BackupName) throws {
        try amend(name) { $0.record(verification) }
    }

    /// Changes a backup's manifest; does nothing where there is none that can be read.
    func amend(_ name: BackupName, _ change: (inout Manifest) -> Void) throws {
        // Verifications may run side by side, and each reads the manifest before it writes it.
        let turn = try waitForManifests()
        defer { turn.release() }
        guard let stored = try backup(named: name.file), var manifest = stored.known else { return }
        change(&manifest)
        // What others have made, or changed, is not vouched for by looking at it.
        if stored.signature == .wrong || stored.signature == .others { return }
        let text = try ManifestText.encode(manifest, key: stored.signature == .ours ? key() : nil)
        try ArchiveFile.write(Array(text.utf8), to: partial(name.manifest))
        try ArchiveFile.replace(path(name.manifest), by: partial(name.manifest))
        try sync()
    }
}
