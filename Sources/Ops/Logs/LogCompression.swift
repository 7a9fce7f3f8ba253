import Foundation
import Gzip
import SystemPackage

/// Puts a compressed file in the place of a rotated one: written beside it, brought to disk, read back, and only then named.
///
/// The plain file goes last, so that at every moment one of the two is whole.
struct LogCompression {
    let folder: LogFolder
    /// Called before each change of the folder, with what comes.
    let before: (RotationPoint) throws -> Void

    /// False where somebody still writes to it: then it stays as it is.
    ///
    /// - Throws: `LogFault`, after which the plain file is as before.
    func run(_ name: String) throws -> Bool {
        let gz = name + ".gz"
        let partial = gz + ".partial"
        do {
            guard try isQuiet(name) else { return false }
            try before(.write(partial))
            let bytes = try deflate(name, into: partial)
            try before(.verify(partial))
            guard try inflatedCount(of: partial) == bytes else {
                throw LogFault.notRotated(
                    path: folder.path(name), reason: "the compressed file is not what was written")
            }
            guard try size(of: name) == bytes else {
                try folder.remove(partial)
                return false
            }
            // Of a run that was killed before it removed the plain file.
            try folder.remove(gz)
            try before(.publish(gz))
            try folder.rename(partial, to: gz)
            try folder.sync()
            try before(.remove(name))
            try folder.remove(name)
            return true
        } catch let error where error is LogFault || error is Errno || error is GzipFault {
            try? folder.remove(partial)  // the next run removes it where this one cannot
            throw error as? LogFault ?? LogFault.notRotated(path: folder.path(name), reason: "\(error)")
        }
    }

    /// Whether no process has it open for writing, which a lease of the kernel tells; where it grants none to anybody, whether nobody
    /// has changed it for a minute.
    private func isQuiet(_ name: String) throws -> Bool {
        let file = try FileDescriptor.open(FilePath(folder.path(name)), .readOnly, options: [.closeOnExec])
        return try file.closeAfter {
            // Its number in fcntl(2), which Glibc's module leaves out.
            let setLease = Int32(1024)
            if fcntl(file.rawValue, setLease, Int32(F_RDLCK)) == 0 {
                _ = fcntl(file.rawValue, setLease, Int32(F_UNLCK))
                return true
            }
            if errno == EAGAIN { return false }
            let stat = try file.stat().rawValue
            let changed = max(stat.st_mtim.tv_sec, stat.st_ctim.tv_sec)
            return time(nil) - changed > 60
        }
    }

    private func size(of name: String) throws -> Int { Int(try FilePath(folder.path(name)).stat().size) }

    /// How many bytes went in; the file is on disk.
    private func deflate(_ name: String, into partial: String) throws -> Int {
        try folder.remove(partial)
        let file = try FileDescriptor.open(
            FilePath(folder.path(partial)), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite)
        return try file.closeAfter {
            var bytes = 0
            let deflater = try Deflater()
            try Gzip.readPieces(of: folder.url.appending(path: name)) { piece in
                bytes += piece.count
                try deflater.feed(piece) { try file.writeWhole($0) }
            }
            try deflater.finish { try file.writeWhole($0) }
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            return bytes
        }
    }

    private func inflatedCount(of partial: String) throws -> Int {
        var bytes = 0
        // The checksum of what went in stands at its end, and is compared.
        try Gzip.inflate(contentsOf: folder.url.appending(path: partial)) { bytes += $0.count }
        return bytes
    }
}
