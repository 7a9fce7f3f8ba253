import SystemPackage

extension FileDescriptor {
    /// Hands bytes to the kernel in one call; returns how many of them it took.
    func writeOnce(_ bytes: [UInt8]) throws -> Int {
        try unsafe bytes.withUnsafeBytes { try unsafe write($0) }
    }

    /// Writes all of it, in as many calls as it takes.
    func writeWhole(_ piece: Span<UInt8>) throws {
        _ = try unsafe piece.withUnsafeBytes { try unsafe writeAll($0) }
    }

    /// One byte of a file; nil past its end.
    func byte(at offset: Int64) throws -> UInt8? {
        var byte: UInt8 = 0
        let count = try unsafe withUnsafeMutableBytes(of: &byte) {
            try unsafe read(fromAbsoluteOffset: offset, into: $0)
        }
        return count == 1 ? byte : nil
    }
}
