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
