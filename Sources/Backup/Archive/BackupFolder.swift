package import Foundation
package import Journal
import SystemPackage

/// The folder that holds backups, their manifests, and what a run is just writing.
package struct BackupFolder: Sendable {
    package let url: URL

    /// Signs what is made here, and tells who made what lies here; nil where nobody asks.
    package let keyFile: BackupKeyFile?

    package init(_ url: URL, key: BackupKeyFile? = nil) {
        self.url = url
        keyFile = key
    }

    /// The folder beside, asked with the same key.
    func other(_ url: URL) -> BackupFolder { BackupFolder(url, key: keyFile) }

    package var path: String { url.path }

    func path(_ name: String) -> String { url.appending(path: name).path }

    /// Where a run writes what is not whole yet; never listed, and removed by the next run where this one is killed.
    func partial(_ name: String) -> String { path(partialPrefix + name) }

    /// Has the id of this installation, so that no run takes what another host is just writing for what a killed run of its own left.
    var partialPrefix: String {
        guard let id = (try? key())?.id else { return ".partial." }
        return ".partial.\(id)."
    }

    /// Makes the folder where there is none, for its owner alone.
    ///
    /// - Throws: `BackupFault.folderUnusable`.
    package func prepare() throws(BackupFault) {
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .folderUnusable(path: path, reason: (error as NSError).localizedDescription)
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw .folderUnusable(path: path, reason: "this user may not write there")
        }
    }

    /// Keeps other runs out: exclusive to change the folder, shared to read it.
    ///
    /// - Throws: `JournalFault.busy` at once where another run holds it.
    package func lock(exclusive: Bool) throws(JournalFault) -> JobLock {
        try JobLock("ops-backup", exclusive: exclusive, in: url)
    }

    /// Waits until nobody else rewrites a manifest, which takes milliseconds.
    func waitForManifests() throws(JournalFault) -> JobLock { try JobLock(waitingFor: "ops-backup-manifests", in: url) }

    /// Everything whose name this program could have written, oldest first.
    ///
    /// Links and folders are left out, and so is whatever does not lie directly here.
    ///
    /// - Throws: `BackupFault.folderUnusable`.
    package func backups() throws(BackupFault) -> [StoredBackup] {
        let key = try keyFile?.read()
        return try regularFiles().compactMap { file, bytes in
            guard let name = BackupName(file: file) else { return nil }
            let (manifest, signature) = manifest(of: name, key)
            return StoredBackup(name: name, bytes: bytes, manifest: manifest, signature: signature)
        }.sorted { $0.name < $1.name }
    }

    /// The names and sizes of the regular files that lie directly here, also where the folder is a link; none where there is no
    /// folder.
    ///
    /// - Throws: `BackupFault.folderUnusable`.
    func regularFiles() throws(BackupFault) -> [(name: String, bytes: Int)] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).compactMap { name in
                // One that is gone again is none.
                guard let stat = try? FilePath(self.path(name)).stat(followTargetSymlink: false), stat.type == .regular
                else { return nil }
                return (name, Int(stat.size))
            }
        } catch {
            throw .folderUnusable(path: path, reason: (error as NSError).localizedDescription)
        }
    }

    package func backup(named file: String) throws(BackupFault) -> StoredBackup? {
        try backups().first { $0.name.file == file }
    }

    /// Whether another installation has signed a backup's manifest.
    ///
    /// - Throws: `BackupFault.keyUnusable`.
    func isOfOthers(_ name: BackupName) throws(BackupFault) -> Bool {
        manifest(of: name, try keyFile?.read()).1 == .others
    }

    private func manifest(of name: BackupName, _ key: BackupKey?) -> (StoredBackup.ManifestState, ManifestSignature) {
        guard let data = FileManager.default.contents(atPath: path(name.manifest)) else {
            return (FileManager.default.fileExists(atPath: path(name.manifest)) ? .damaged : .missing, .unchecked)
        }
        let text = String(decoding: data, as: UTF8.self)
        guard let manifest = ManifestText.decode(text), manifest.file == name.file else {
            return (.damaged, .unchecked)
        }
        return (.read(manifest), keyFile == nil ? .unchecked : ManifestText.signature(of: text, key))
    }

    /// Bytes that this user can still write; nil where the system does not say.
    func freeBytes() -> Int? {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: path)
        return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
    }
}

/// A file in the folder of backups, with what is known of it.
package struct StoredBackup: Sendable, Equatable {
    package enum ManifestState: Sendable, Equatable {
        case missing
        /// Or this user may not read it.
        case damaged
        case read(Manifest)
    }

    package let name: BackupName
    package let bytes: Int
    package let manifest: ManifestState
    package let signature: ManifestSignature

    package init(
        name: BackupName, bytes: Int, manifest: ManifestState, signature: ManifestSignature = .unchecked
    ) {
        self.signature = signature
        self.name = name
        self.bytes = bytes
        self.manifest = manifest
    }

    package var known: Manifest? {
        if case .read(let manifest) = manifest { manifest } else { nil }
    }
    package var isGood: Bool { known?.isGood ?? false && signature != .wrong }

    /// Whether a restore may believe it without a person's word.
    var isOurs: Bool { known != nil && (signature == .ours || signature == .unchecked) }
}

extension BackupFolder {
    /// Removes a file of the folder; that it is gone already is no error.
    ///
    /// - Throws: `BackupFault.notWritten`.
    func remove(_ name: String) throws(BackupFault) {
        do {
            try FileManager.default.removeItem(atPath: path(name))
        } catch CocoaError.fileNoSuchFile {
            return
        } catch {
            throw .notWritten(path: path(name), reason: (error as NSError).localizedDescription)
        }
    }

    /// Gives a file of the folder a name that no other has.
    ///
    /// - Throws: `BackupFault.notWritten`.
    func rename(_ name: String, to other: String) throws(BackupFault) {
        do {
            try FileManager.default.moveItem(atPath: path(name), toPath: path(other))
        } catch {
            throw .notWritten(path: path(other), reason: (error as NSError).localizedDescription)
        }
    }

    /// Brings names that came, changed and went to disk.
    ///
    /// - Throws: `BackupFault.notWritten`.
    func sync() throws(BackupFault) { try ArchiveFile.syncFolder(path) }
}

extension BackupFolder {
    /// Waits for the folder's exclusive lock.
    ///
    /// - Throws: `JournalFault.busy` once `patience` is over.
    package func lock(patience: Duration) async throws -> JobLock {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            if let lock = try lockUnlessBusy() { return lock }
            try await Task.sleep(for: .milliseconds(250))
        }
        return try lock(exclusive: true)
    }

    private func lockUnlessBusy() throws -> JobLock? {
        do {
            return try lock(exclusive: true)
        } catch {
            if case .busy = error { return nil }
            throw error
        }
    }
}

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
