import Foundation
import Glibc
import SystemPackage

/// Files that their owner alone can read.
package enum PrivateFile {
    /// Puts a file in the place of another, whether that is there or not: on disk, whole, when this returns.
    package static func replace(_ path: String, by bytes: [UInt8]) throws {
        // Where a link leads is what is replaced, so that it stays a link.
        let path = URL(filePath: path).resolvingSymlinksInPath().path
        let folder = URL(filePath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let new = "\(path).\(UUID().uuidString.prefix(8)).tmp"
        do {
            try create(new, bytes)
            guard unsafe rename(new, path) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            try? FileManager.default.removeItem(atPath: new)  // Where it was not made, nothing is to be removed.
            throw error
        }
        let parent = try FileDescriptor.open(FilePath(folder), .readOnly, options: [.directory, .closeOnExec])
        try parent.closeAfter { try sync(parent) }
    }

    /// Makes a file where there is none.
    static func create(_ path: String, _ bytes: [UInt8]) throws {
        let file = try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite)
        try file.closeAfter {
            try file.writeAll(bytes)
            try sync(file)
        }
    }

    private static func sync(_ file: FileDescriptor) throws {
        guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
    }
}
