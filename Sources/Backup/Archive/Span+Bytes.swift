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
}

extension SubprocessOutputSequence.Buffer {
    /// Lends the bytes that a program has written.
    func withSpan(_ body: (Span<UInt8>) throws -> Void) rethrows {
        try unsafe withUnsafeBytes { try unsafe body(Span(_unsafeBytes: $0)) }
    }
}
