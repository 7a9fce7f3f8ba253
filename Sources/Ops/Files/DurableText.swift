package import Foundation
import SystemPackage

/// Small texts that are on disk, whole, under their name, once a call returns.
package enum DurableText {
    /// Puts a file that only its owner can read in the place of whatever is there: temporary file, fsync, rename, fsync of
    /// the folder, which is made where it is missing.
    ///
    /// - Throws: `FileFault`.
    package static func write(_ text: String, to url: URL) throws {
        let folder = url.deletingLastPathComponent()
        let temporary = folder.appending(path: ".\(url.lastPathComponent).\(UUID().uuidString)").path
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let file = try FileDescriptor.open(
                FilePath(temporary), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: .ownerReadWrite)
            try file.closeAfter {
                try file.writeAll(Array(text.utf8))
                try sync(file)
            }
            guard unsafe rename(temporary, url.path) == 0 else { throw Errno(rawValue: errno) }
            let parent = try FileDescriptor.open(FilePath(folder.path), .readOnly, options: [.directory, .closeOnExec])
            try parent.closeAfter { try sync(parent) }
        } catch {
            // Else a full disk would fill further with what is not whole.
            try? FileManager.default.removeItem(atPath: temporary)
            throw FileFault.notWritten(
                path: url.path, reason: (error as? Errno)?.description ?? error.localizedDescription)
        }
    }

    private static func sync(_ file: FileDescriptor) throws {
        guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
    }
}
