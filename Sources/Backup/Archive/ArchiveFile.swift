import Foundation
import Host
import SystemPackage

/// What is done with `DurableFile` to files of backups, with the faults of backups.
enum ArchiveFile {
    /// Writes a file that only its owner can read, in the place of what a run that was killed has left.
    static func write(_ bytes: [UInt8], to path: String) throws(BackupFault) {
        try? FileManager.default.removeItem(atPath: path)  // There is mostly none.
        try faulting(path) { try DurableFile.create(path, bytes) }
    }

    /// Makes a file that only its owner can read, where there is none.
    static func create(_ path: String) throws(BackupFault) -> FileDescriptor {
        try faulting(path) { try DurableFile.create(path) }
    }

    static func sync(_ file: FileDescriptor, _ path: String) throws(BackupFault) {
        try faulting(path) { try DurableFile.sync(file) }
    }

    /// Puts a file in the place of another, whether that is there or not; see `syncFolder`.
    static func replace(_ path: String, by new: String) throws(BackupFault) {
        try faulting(path) { try DurableFile.rename(new, to: path) }
    }

    static func syncFolder(_ path: String) throws(BackupFault) {
        try faulting(path) { try DurableFile.syncFolder(path) }
    }

    private static func faulting<T>(_ path: String, _ body: () throws -> T) throws(BackupFault) -> T {
        do {
            return try body()
        } catch {
            throw .notWritten(path: path, reason: "\(error)")
        }
    }
}
