import Foundation
import Gzip
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
    static func unpack(_ path: String, to target: String) throws -> Manifest.Content {
        let file = try DurableFile.create(target)
        return try file.closeAfter {
            let raw = try read(path) { piece in
                do {
                    try file.writeAll(piece)
                } catch {
                    throw BackupFault.notWritten(path: target, reason: "\(error)")
                }
            }.raw
            try DurableFile.sync(file, target)
            return raw
        }
    }
}
