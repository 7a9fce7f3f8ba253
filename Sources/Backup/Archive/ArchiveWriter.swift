import Gzip
import SystemPackage

/// Compresses raw bytes into one gzip member in a new file, and hashes both sides on the way; in constant memory.
package final class ArchiveWriter {
    private let path: String
    private let file: FileDescriptor
    private let deflater: Deflater
    private var compressed = RunningDigest()
    private var raw = RunningDigest()

    /// - Throws: `BackupFault.notWritten`, also where the file exists; `GzipFault.unavailable`.
    init(path: String) throws {
        self.path = path
        deflater = try Deflater(level: Self.level)
        file = try ArchiveFile.create(path)
    }

    /// 2.6 times as fast as gzip's own 6, and 3 % larger.
    private static let level: Int32 = 4

    /// So many raw bytes were fed.
    var bytes: Int { raw.bytes }

    func feed(_ piece: Span<UInt8>) throws {
        raw.update(piece)
        try deflater.feed(piece) { try store($0) }
    }

    /// Ends the file and brings it to disk.
    func finish() throws -> (compressed: Manifest.Content, raw: Manifest.Content) {
        try deflater.finish { try store($0) }
        try ArchiveFile.sync(file, path)
        try file.close()
        return (compressed.content, raw.content)
    }

    private func store(_ piece: Span<UInt8>) throws {
        compressed.update(piece)
        do {
            try file.writeAll(piece)
        } catch {
            throw BackupFault.notWritten(path: path, reason: "\(error)")
        }
    }
}

extension RunningDigest {
    var content: Manifest.Content { Manifest.Content(bytes: bytes, sha256: finish()) }
}
