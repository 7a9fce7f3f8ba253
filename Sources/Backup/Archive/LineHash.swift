import Foundation

/// A 64-bit hash of a line, fed in pieces of any size: the same bytes give the same hash however they are cut.
struct LineHash: Equatable {
    private var hash = Self.seed
    /// Bytes that do not fill a word yet, the first one lowest.
    private var word: UInt64 = 0
    private var filled: UInt64 = 0
    private var length: UInt64 = 0

    private static let seed: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func update(_ piece: UnsafeRawBufferPointer) {
        var at = 0
        let count = piece.count
        length &+= UInt64(count)
        while filled > 0, at < count {
            unsafe push(piece[at])
            at += 1
        }
        while at + 8 <= count {
            unsafe mix(UInt64(littleEndian: piece.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            at += 8
        }
        while at < count {
            unsafe push(piece[at])
            at += 1
        }
    }

    mutating func update(_ piece: Span<UInt8>) { unsafe piece.withUnsafeBytes { unsafe update($0) } }

    /// Gives the hash and begins the next line.
    mutating func finish() -> UInt64 {
        mix(word)
        mix(length)
        // The last step of SplitMix64, so that every bit of the input moves every bit of the sum.
        var value = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        self = LineHash()
        return value ^ (value >> 31)
    }

    private mutating func push(_ byte: UInt8) {
        word |= UInt64(byte) << (filled &* 8)
        filled &+= 1
        guard filled == 8 else { return }
        mix(word)
        word = 0
        filled = 0
    }

    private mutating func mix(_ value: UInt64) {
        hash = (hash ^ value) &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 32
    }
}

/// Counts rows, and sums their hashes so that their order does not matter.
struct LineSums {
    private(set) var rows = 0
    private var sum: UInt64 = 0
    private var xor: UInt64 = 0

    /// A line feed at its end is no part of the line.
    mutating func add(_ line: Span<UInt8>) {
        var hash = LineHash()
        let isEnded = !line.isEmpty && line[line.count - 1] == UInt8(ascii: "\n")
        hash.update(isEnded ? line.extracting(droppingLast: 1) : line)
        add(hash.finish())
    }

    mutating func add(_ hash: UInt64) {
        rows += 1
        sum &+= hash
        xor ^= hash
    }

    func table(named name: String) -> TableSum { TableSum(name: name, rows: rows, sum: sum, xor: xor) }
}

extension Span<UInt8> {
    /// The index of the first line feed at or after `start`; nil where there is none.
    func lineFeed(from start: Int) -> Int? {
        unsafe withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress,
                let hit = unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
            else { return nil }
            return unsafe base.distance(to: UnsafeRawPointer(hit))
        }
    }

    /// Whether one of the bytes is zero.
    var hasZero: Bool {
        unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return unsafe memchr(base, 0, bytes.count) != nil
        }
    }

    /// Copies the first bytes, at most `limit`.
    func append(to bytes: inout [UInt8], limit: Int) {
        unsafe withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0.prefix(Swift.max(0, limit))) }
    }
}
