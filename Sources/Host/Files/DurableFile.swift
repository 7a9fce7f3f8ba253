import Foundation
package import Resilience
package import SystemPackage

/// Files that are on disk, whole, under their name, once a call returns.
///
/// All calls throw `Errno`, or the error of Foundation.
package enum DurableFile {
    /// Makes a file where there is none; a link of that name is none of ours, and is not followed.
    package static func create(
        _ path: String, permissions: FilePermissions = .ownerReadWrite
    ) throws -> FileDescriptor {
        try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
            permissions: permissions)
    }

    /// Makes a file with this content where there is none.
    package static func create(
        _ path: String, _ bytes: [UInt8], permissions: FilePermissions = .ownerReadWrite
    ) throws {
        let file = try create(path, permissions: permissions)
        try file.closeAfter {
            try file.writeAll(bytes)
            try sync(file)
        }
    }

    /// Puts this content in the place of a file, whether that is there or not, and makes the folder where it is missing.
    ///
    /// Where a link leads is what is replaced, so that it stays a link.
    package static func replace(
        _ path: String, by bytes: [UInt8], permissions: FilePermissions = .ownerReadWrite
    ) throws {
        let path = URL(filePath: path).resolvingSymlinksInPath().path
        let folder = URL(filePath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let new = draft(of: path)
        do {
            try create(new, bytes, permissions: permissions)
            try rename(new, to: path)
        } catch {
            try? FileManager.default.removeItem(atPath: new)  // Where it was not made, nothing is to be removed.
            throw error
        }
        try syncFolder(folder)
    }

    /// A name beside a file that nobody can guess, for what is to become it.
    package static func draft(of path: String) -> String { "\(path).\(UUID().uuidString.prefix(8)).tmp" }

    /// Gives a file another name, also in the place of one that is there; see `syncFolder`.
    ///
    /// On Linux, Foundation moves nothing over a file that is there, and its `replaceItemAt` removes both.
    package static func rename(_ path: String, to new: String) throws {
        guard unsafe Glibc.rename(path, new) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Brings what was written to disk.
    package static func sync(_ file: FileDescriptor) throws {
        guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Brings new names in a folder to disk.
    package static func syncFolder(_ path: String) throws {
        let folder = try FileDescriptor.open(FilePath(path), .readOnly, options: [.directory, .closeOnExec])
        try folder.closeAfter { try sync(folder) }
    }
}

/// Why a file could not be written.
package enum FileFault: Fault, Equatable {
    case notWritten(path: String, reason: String)

    package var code: String { "file-not-written" }
    package var kind: FaultKind { .storage }
    package var disposition: Disposition { .retryable(after: nil) }
    package var summary: String {
        switch self {
        case .notWritten(let path, let reason): "\(path) cannot be written: \(reason)"
        }
    }
    package var hint: String? { "see that the disk has room and that this user may write there" }
}
