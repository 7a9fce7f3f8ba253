import Candles
import Crypto
import NIOConcurrencyHelpers
import NIOCore
import SystemPackage

/// A part of a file as pieces that a request body sends one after the other, read as they are asked for.
final class FilePieces: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    private static let size = 256 << 10

    private let part: FilePart
    private let file: SystemPackage.FileDescriptor
    private let hash: NIOLockedValueBox<(hasher: SHA256, isWhole: Bool)>
    private let problem = NIOLockedValueBox<FileTransferFault?>(nil)
    /// Bytes that were read to be sent.
    let moved = NIOLockedValueBox<Int64>(0)

    /// - Throws: `FileTransferFault.unreadable`.
    init(_ part: FilePart) throws(FileTransferFault) {
        self.part = part
        // Nothing at all is not asked for.
        hash = NIOLockedValueBox((SHA256(), part.count == 0))
        do {
            file = try SystemPackage.FileDescriptor.open(part.path, .readOnly, options: .closeOnExec)
        } catch {
            throw .unreadable(path: part.path.string, reason: "\(error)")
        }
    }

    deinit { try? file.close() }

    /// Of what was sent, in hexadecimal; nil until all of it was read.
    var sha256: String? { hash.withLockedValue { $0.isWhole ? $0.hasher.finalize().hexadecimal : nil } }
    /// Why it could not be read to its end.
    var fault: FileTransferFault? { problem.withLockedValue { $0 } }

    func makeAsyncIterator() -> Iterator { Iterator(pieces: self, left: part.count) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let pieces: FilePieces
        fileprivate var left: Int64

        mutating func next() async throws -> ByteBuffer? {
            if left == 0 {
                pieces.hash.withLockedValue { $0.isWhole = true }
                return nil
            }
            let part = pieces.part
            let buffer: ByteBuffer
            do {
                buffer = try pieces.read(
                    at: part.offset + part.count - left, Int(Swift.min(left, Int64(FilePieces.size))))
            } catch {
                throw pieces.note(.unreadable(path: part.path.string, reason: "\(error)"))
            }
            if buffer.readableBytes == 0 { throw pieces.note(.shortened(path: part.path.string)) }
            left -= Int64(buffer.readableBytes)
            pieces.hash.withLockedValue { $0.hasher.update(data: Array(buffer.readableBytesView)) }
            pieces.moved.withLockedValue { $0 += Int64(buffer.readableBytes) }
            return buffer
        }
    }

    private func read(at offset: Int64, _ count: Int) throws -> ByteBuffer {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try unsafe bytes.withUnsafeMutableBytes {
            unsafe try file.read(fromAbsoluteOffset: offset, into: $0)
        }
        return ByteBuffer(bytes: bytes.prefix(read))
    }

    /// The client tells only that the body failed.
    private func note(_ fault: FileTransferFault) -> FileTransferFault {
        problem.withLockedValue { $0 = fault }
        return fault
    }
}

/// The file that a download becomes, hashed as it grows.
struct PartialFile {
    private let path: FilePath
    private let file: SystemPackage.FileDescriptor
    private var hasher = SHA256()
    /// What it holds, in bytes.
    private(set) var size: Int64

    /// Makes it, or cuts it behind its first `kept` bytes.
    ///
    /// - Throws: `FileTransferFault`.
    init(_ path: FilePath, keeping kept: Int64) throws(FileTransferFault) {
        self.path = path
        size = kept
        do {
            // A link that somebody put there is not followed.
            file = try SystemPackage.FileDescriptor.open(
                path, .readWrite, options: [.create, .noFollow, .closeOnExec], permissions: .ownerReadWrite)
        } catch {
            throw .notWritten(path: path.string, reason: "\(error)")
        }
        do {
            try hashKept()
            try file.resize(to: kept)
        } catch {
            close()
            throw error as? FileTransferFault ?? .notWritten(path: path.string, reason: "\(error)")
        }
    }

    var content: FileDownload.Content { .init(size: size, sha256: hasher.finalize().hexadecimal) }

    mutating func append(_ buffer: ByteBuffer) throws(FileTransferFault) {
        do {
            try file.writeAll(toAbsoluteOffset: size, buffer.readableBytesView)
        } catch {
            throw .notWritten(path: path.string, reason: "\(error)")
        }
        hasher.update(data: Array(buffer.readableBytesView))
        size += Int64(buffer.readableBytes)
    }

    func close() { try? file.close() }

    private mutating func hashKept() throws {
        var offset: Int64 = 0
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        while offset < size {
            let wanted = Int(min(size - offset, Int64(bytes.count)))
            let read = try unsafe bytes.withUnsafeMutableBytes {
                unsafe try file.read(
                    fromAbsoluteOffset: offset, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted]))
            }
            if read == 0 { throw FileTransferFault.shortened(path: path.string) }
            hasher.update(data: bytes[..<read])
            offset += Int64(read)
        }
    }
}
