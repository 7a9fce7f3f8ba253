import Foundation
import Gzip
import Host
import SystemPackage

/// Puts a compressed file in the place of a rotated one: written beside it, brought to disk, read back, and only then named.
///
/// The plain file goes last, so that at every moment one of the two is whole. A compressed file that is there already goes only where
/// all of it stands in the plain one, as a rotation that was killed leaves them; else the plain one, which holds what was added later, is
/// given a number of its own.
struct LogCompression {
    enum Outcome: Equatable {
        case done
        /// Somebody still writes to it: it stays as it is.
        case postponed
        /// It is another file than its compressed form.
        case moved(String)
    }

    let folder: LogFolder
    /// Called before each change of the folder, with what comes.
    let before: (RotationPoint) throws -> Void

    /// - Throws: `LogFault`, after which the plain file is as before.
    func run(_ name: String) throws -> Outcome {
        let gz = name + ".gz"
        let partial = gz + ".partial"
        do {
            guard try isQuiet(name) else { return .postponed }
            if let other = try otherName(of: name, besides: gz) {
                try before(.rename(name))
                try folder.rename(name, to: other)
                return .moved(other)
            }
            try before(.write(partial))
            let bytes = try deflate(name, into: partial)
            try before(.verify(partial))
            guard try inflatedCount(of: partial) == bytes else {
                throw LogFault.notRotated(
                    path: folder.path(name), reason: "the compressed file is not what was written")
            }
            guard try size(of: name) == bytes else {
                try folder.remove(partial)
                return .postponed
            }
            // Of a run that was killed before it removed the plain file, which holds all of it.
            try folder.remove(gz)
            try before(.publish(gz))
            try folder.rename(partial, to: gz)
            try folder.sync()
            try before(.remove(name))
            try folder.remove(name)
            return .done
        } catch let error where error is LogFault || error is Errno || error is GzipFault {
            try? folder.remove(partial)  // the next run removes it where this one cannot
            throw error as? LogFault ?? LogFault.notRotated(path: folder.path(name), reason: "\(error)")
        }
    }

    /// A free name of the same day where there is a compressed file of this name that holds anything else; nil where there is none.
    private func otherName(of name: String, besides gz: String) throws -> String? {
        guard folder.exists(gz), try !plain(name, beginsWith: gz) else { return nil }
        guard let known = LogFileName(name), let turn = known.turn else { return nil }
        for number in turn.number + 1..<turn.number + 10_000 {
            let other = LogFileName(family: known.family, turn: .init(day: turn.day, number: number))
            let isFree = [other, other.with(.compressed), other.with(.partial)].allSatisfy { !folder.exists($0.text) }
            if isFree { return other.text }
        }
        throw LogFault.notRotated(path: folder.path(name), reason: "\(gz) holds other lines, and no name is free")
    }

    /// Whether all that a compressed file holds stands at the beginning of the plain one; of one that is damaged nobody knows.
    private func plain(_ name: String, beginsWith gz: String) throws -> Bool {
        let file = try FileHandle(forReadingFrom: folder.url.appending(path: name))
        defer { try? file.close() }
        var isSame = true
        do {
            try Gzip.inflate(contentsOf: folder.url.appending(path: gz)) { piece in
                if !isSame { return }
                let read = try file.read(upToCount: piece.count) ?? Data()
                isSame =
                    read.count == piece.count && piece.indices.allSatisfy { piece[$0] == read[read.startIndex + $0] }
            }
        } catch is GzipFault {
            return false
        }
        return isSame
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
            try DurableFile.sync(file)
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
