import Crypto
import Foundation
import Subprocess
import SystemPackage

/// A SHA-256 that is fed piece by piece.
struct RunningDigest {
    private var hash = SHA256()
    private(set) var bytes = 0

    mutating func update(_ piece: Span<UInt8>) {
        unsafe piece.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        bytes += piece.count
    }

    /// In lower-case hexadecimal.
    consuming func finish() -> String {
        hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension FileDescriptor {
    /// Writes all of it, at the file's own offset.
    func writeAll(_ piece: Span<UInt8>) throws {
        _ = try unsafe piece.withUnsafeBytes { try unsafe writeAll($0) }
    }

    /// Two connected ends: whoever writes to one whose other end is closed gets an error, and no signal.
    static func socketPair() throws -> (ours: FileDescriptor, theirs: FileDescriptor) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Errno(rawValue: errno) }
        return (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
    }

    /// Sends all of it through a socket; waits as long as the other end takes nothing.
    func sendAll(_ piece: Span<UInt8>) throws {
        try unsafe piece.withUnsafeBytes { bytes in
            var bytes = unsafe bytes[...]
            while unsafe !bytes.isEmpty {
                let sent = unsafe send(
                    rawValue, UnsafeRawBufferPointer(rebasing: bytes).baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
                if sent < 0, errno == EINTR { continue }
                guard sent >= 0 else { throw Errno(rawValue: errno) }
                unsafe bytes = bytes.dropFirst(sent)
            }
        }
    }
}

extension SubprocessOutputSequence.Buffer {
    /// Lends the bytes that a program has written.
    func withSpan(_ body: (Span<UInt8>) throws -> Void) rethrows {
        try unsafe withUnsafeBytes { try unsafe body(Span(_unsafeBytes: $0)) }
    }
}
