import Foundation
import SystemPackage

/// Files that are on disk, whole, under their name, once a call returns.
enum DurableFile {
    /// Writes a new file that only its owner can read.
    static func write(_ bytes: [UInt8], to path: String) throws(BackupFault) {
        // Of a run that was killed in this place, or of none.
        try? FileManager.default.removeItem(atPath: path)
        let file = try create(path)
        try faulting(path) {
            try file.closeAfter {
                try file.writeAll(bytes.span)
                try sync(file, path)
            }
        }
    }

    /// Makes a file that only its owner can read, where there is none.
    static func create(_ path: String) throws(BackupFault) -> FileDescriptor {
        try faulting(path) {
            try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: .ownerReadWrite)
        }
    }

    /// Brings what was written to disk.
    static func sync(_ file: FileDescriptor, _ path: String) throws(BackupFault) {
        try faulting(path) {
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// Puts a file in the place of another, whether that is there or not; see `syncFolder`.
    static func replace(_ path: String, by new: String) throws(BackupFault) {
        try faulting(path) {
            // On Linux FileManager moves nothing over a file that is there.
            guard unsafe rename(new, path) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// Brings new names in a folder to disk.
    static func syncFolder(_ path: String) throws(BackupFault) {
        try faulting(path) {
            let folder = try FileDescriptor.open(FilePath(path), .readOnly, options: [.directory, .closeOnExec])
            try folder.closeAfter { try sync(folder, path) }
        }
    }

    private static func faulting<T>(_ path: String, _ body: () throws -> T) throws(BackupFault) -> T {
        do {
            return try body()
        } catch let fault as BackupFault {
            throw fault
        } catch {
            throw .notWritten(path: path, reason: "\(error)")
        }
    }
}
