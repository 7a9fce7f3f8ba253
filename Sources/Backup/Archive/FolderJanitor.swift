import Foundation
import SystemPackage

/// Clears what killed runs left in the folder of backups.
///
/// The caller holds the folder's exclusive lock, which proves that nobody writes there.
package struct FolderJanitor: Sendable {
    private let folder: BackupFolder
    private let emit: @Sendable (BackupEvent) -> Void

    package init(_ folder: BackupFolder, emit: @escaping @Sendable (BackupEvent) -> Void) {
        self.folder = folder
        self.emit = emit
    }

    /// Completes a publish that had come as far as its data, and removes all other partial files that a run of this installation names so,
    /// and manifests without data that no other installation signed.
    ///
    /// A manifest that is there stays as it is, whatever a killed run was about to write in its place. Every step stands for itself:
    /// a run that is killed leaves the rest to the next. Folders and links are left alone.
    ///
    /// - Throws: `BackupFault.folderUnusable`, `.notWritten`.
    package func clean() throws(BackupFault) {
        let names = try files()
        var steps: [Step] = []
        for name in names.sorted() {
            if let step = try step(for: name, among: names) { steps.append(step) }
        }
        for step in steps { try take(step) }
        if !steps.isEmpty { try folder.sync() }
    }

    private enum Step {
        case complete(BackupName)
        case removePartial(String)
        case removeManifest(BackupName)
    }

    private func step(for file: String, among names: Set<String>) throws(BackupFault) -> Step? {
        if file.hasPrefix(folder.partialPrefix) {
            let rest = String(file.dropFirst(folder.partialPrefix.count))
            guard Self.isGenerated(rest) else { return nil }
            let whole = BackupName(manifest: rest)
            guard let whole, names.contains(whole.file), !names.contains(whole.manifest), isWhole(file, of: whole)
            else { return .removePartial(file) }
            return .complete(whole)
        }
        guard let name = BackupName(manifest: file), !names.contains(name.file), !isThere(name.file),
            try !folder.isOfOthers(name)
        else { return nil }
        return .removeManifest(name)
    }

    /// Whether a run of this program gives a partial file such a name, behind the prefix; any other is a person's.
    private static func isGenerated(_ name: String) -> Bool {
        if BackupName(file: name) != nil || BackupName(manifest: name) != nil { return true }
        let scratch = /(.*\.gz)\.(copy|verify-\d{1,10})(-journal|-wal|-shm)?/
        guard let found = name.wholeMatch(of: scratch) else { return false }
        return BackupName(file: String(found.1)) != nil
    }

    private func take(_ step: Step) throws(BackupFault) {
        switch step {
        case .complete(let name):
            try folder.rename(folder.partialPrefix + name.manifest, to: name.manifest)
            emit(.cleaned("\(name.file): a run was killed before its end, and is completed"))
        case .removePartial(let file):
            try folder.remove(file)
            emit(.cleaned("\(file): left by a killed run, and removed"))
        case .removeManifest(let name):
            try folder.remove(name.manifest)
            emit(.cleaned("\(name.manifest): its backup is gone, and it is removed"))
        }
    }

    /// Whether a partial manifest can be read and is of this data file, by its length.
    private func isWhole(_ partial: String, of name: BackupName) -> Bool {
        guard let data = FileManager.default.contents(atPath: folder.path(partial)),
            let manifest = ManifestText.decode(String(decoding: data, as: UTF8.self)), manifest.file == name.file,
            let data = try? FilePath(folder.path(name.file)).stat(followTargetSymlink: false)
        else { return false }
        return Int(data.size) == manifest.compressed.bytes
    }

    /// Whether anything has this name, such as a link to another disk.
    private func isThere(_ name: String) -> Bool {
        (try? FilePath(folder.path(name)).stat(followTargetSymlink: false)) != nil
    }

    /// The names of all regular files.
    private func files() throws(BackupFault) -> Set<String> {
        Set(try folder.regularFiles().map(\.name))
    }
}

extension BackupName {
    /// Reads a manifest's name; nil for any that this program would not have written.
    init?(manifest: String) {
        let suffix = ".manifest.json"
        guard manifest.hasSuffix(suffix) else { return nil }
        let names = BackupType.allCases.compactMap { type in
            BackupName(file: "\(manifest.dropLast(suffix.count)).\(type.fileExtension).gz")
        }
        guard let name = names.first, name.manifest == manifest else { return nil }
        self = name
    }
}
