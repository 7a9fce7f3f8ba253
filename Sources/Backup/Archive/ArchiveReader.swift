import Foundation
import Gzip
import Host
import SystemPackage

/// Reads a compressed file from end to end, and hashes both sides on the way; in constant memory.
package enum ArchiveReader {
    /// Gives the raw bytes to `emit` piece by piece.
    ///
    /// - Throws: `GzipFault` where the file cannot be read, is cut, was changed, or has more than one member's bytes;
    ///   `CancellationError`; what `emit` throws.
    package static func read(
        _ path: String, _ emit: (Span<UInt8>) throws -> Void
    ) throws -> (compressed: Manifest.Content, raw: Manifest.Content) {
        var compressed = RunningDigest()
        var raw = RunningDigest()
        let inflater = try Inflater()
        try Gzip.readPieces(of: URL(filePath: path)) { piece in
            try Task.checkCancellation()
            compressed.update(piece)
            try inflater.feed(piece) {
                raw.update($0)
                try emit($0)
            }
        }
        try inflater.finish()
        return (compressed.content, raw.content)
    }
}

extension ArchiveReader {
    /// Writes the raw bytes into a new file that only its owner can read, and brings it to disk.
    ///
    /// - Returns: What the raw bytes were.
    /// - Throws: `BackupFault.noSpace` before the limit is passed.
    static func unpack(_ path: String, to target: String, limit: UnpackLimit) throws -> Manifest.Content {
        let file = try ArchiveFile.create(target)
        return try file.closeAfter {
            var bytes = 0
            let raw = try read(path) { piece in
                bytes += piece.count
                if bytes > limit.bytes {
                    throw BackupFault.tooLarge(file: URL(filePath: path).lastPathComponent, limit: limit)
                }
                do {
                    try file.writeAll(piece)
                } catch {
                    throw BackupFault.notWritten(path: target, reason: "\(error)")
                }
            }.raw
            try ArchiveFile.sync(file, target)
            return raw
        }
    }
}

/// How much an archive may become when it is unpacked.
package struct UnpackLimit: Sendable, Equatable {
    let bytes: Int
    /// Why it is this much.
    let reason: String

    /// What the manifest says; without one, what is free in a folder after some is left for others.
    ///
    /// - Throws: `BackupFault.noSpace` where not even the compressed file would fit.
    init(of archive: RestoreArchive, in folder: String) throws {
        if let manifest = archive.manifest {
            (bytes, reason) = (manifest.raw.bytes, "its manifest says that it holds so much")
            return
        }
        let compressed = (try? FilePath(archive.path).stat()).map { Int($0.size) }
        guard let free = BackupFolder(URL(filePath: folder)).freeBytes() else {
            (bytes, reason) = (Self.most, "nobody can tell how much is free")
            return
        }
        let spare = max(Self.spare, free / 10)
        let needed = (compressed ?? 0) + spare
        if free < needed { throw BackupFault.noSpace(path: folder, free: free, needed: needed) }
        // It is unpacked, and copied into a log or beside what is there.
        (bytes, reason) = (min(Self.most, (free - spare) / 2), "\(folder) has no room for more")
    }

    /// Where a server lies nobody can tell from here, so without a manifest a dump may be so many times its size.
    init(ofDump archive: RestoreArchive) throws {
        if let manifest = archive.manifest {
            (bytes, reason) = (manifest.raw.bytes, "its manifest says that it holds so much")
            return
        }
        let compressed = (try? FilePath(archive.path).stat()).map { Int($0.size) }
        bytes = max(Self.anyDump, (compressed ?? 0).multipliedReportingOverflow(by: Self.growth).partialValue)
        reason = "no dump of candles is so much larger than its file"
    }

    init(bytes: Int, reason: String) { (self.bytes, self.reason) = (bytes, reason) }

    private static let anyDump = 256 << 20
    private static let growth = 50
    private static let spare = 64 << 20
    private static let most = 256 << 30
}

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
