import Foundation
import Gzip
import Testing

@Suite("Gzip") struct GzipTests {
    /// Rows as the exchange prints them.
    private static let text = (0..<20_000).map {
        "[\(1_483_228_800_000 + $0 * 60_000),966.61,966.\($0 % 97),967,966,\($0).5]\n"
    }
    .joined()
    private let bytes = [UInt8](GzipTests.text.utf8)

    @Test(arguments: [1, 4, 9] as [Int32]) func `what is compressed comes back`(level: Int32) throws {
        let packed = try Gzip.deflate(bytes, level: level)
        #expect(packed.count < bytes.count / 3)
        #expect(try Gzip.inflate(packed) == bytes)
    }

    @Test func `nothing at all comes back as nothing`() throws {
        #expect(try Gzip.inflate(try Gzip.deflate([])) == [])
    }

    @Test(arguments: [1, 7, 4_096]) func `pieces of any size give the same bytes`(size: Int) throws {
        let small = Array(bytes.prefix(30_000))
        let deflater = try Deflater(chunk: 64)
        var packed: [UInt8] = []
        for piece in GzipTests.pieces(of: small, size) { try deflater.feed(piece.span) { packed.append(copying: $0) } }
        try deflater.finish { packed.append(copying: $0) }

        let inflater = try Inflater(chunk: 100)
        var restored: [UInt8] = []
        var largest = 0
        for piece in GzipTests.pieces(of: packed, size) {
            try inflater.feed(piece.span) {
                restored.append(copying: $0)
                largest = max(largest, $0.count)
            }
        }
        try inflater.finish()
        #expect(restored == small)
        #expect(largest <= 100)
    }

    @Test func `a stream cut anywhere is truncated`() throws {
        let packed = try Gzip.deflate(Array(bytes.prefix(500)))
        for length in 0..<packed.count {
            #expect(throws: GzipFault.truncated) { try Gzip.inflate(Array(packed.prefix(length))) }
        }
    }

    @Test func `bytes after the end are refused, in the same piece or the next`() throws {
        let packed = try Gzip.deflate(bytes)
        #expect(throws: GzipFault.trailingBytes(count: 3)) { try Gzip.inflate(packed + [1, 2, 3]) }
        let inflater = try Inflater()
        try inflater.feed(packed.span) { _ in }
        let more: [UInt8] = [0]
        #expect(throws: GzipFault.trailingBytes(count: 1)) { try inflater.feed(more.span) { _ in } }
        try inflater.finish()
    }

    @Test func `no flipped bit passes unnoticed`() throws {
        let original = Array(bytes.prefix(80))
        let packed = try Gzip.deflate(original)
        var unnoticed: [Int] = []
        for bit in 0..<packed.count * 8 {
            var broken = packed
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            if (try? Gzip.inflate(broken)) == original { unnoticed.append(bit / 8) }
        }
        // Of the header only flags, time and system mean nothing to the data; before the checksum come bits of padding.
        let meaningless = Set(3...9).union([packed.count - 9])
        #expect(Set(unnoticed).subtracting(meaningless).isEmpty)
    }

    @Test func `a flipped bit in the data has the code gzip-corrupt`() throws {
        var packed = try Gzip.deflate(bytes)
        packed[packed.count - 6] ^= 1
        let fault = #expect(throws: GzipFault.self) { try Gzip.inflate(packed) }
        #expect(fault?.code == "gzip-corrupt")
        #expect(fault?.hint?.isEmpty == false)
    }

    @Test func `an error of the receiver comes through`() throws {
        struct Full: Error {}
        let inflater = try Inflater()
        let packed = try Gzip.deflate(bytes)
        #expect(throws: Full.self) { try inflater.feed(packed.span) { _ in throw Full() } }
    }

    private static func pieces(of bytes: [UInt8], _ size: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min(bytes.count, $0 + size)]) }
    }
}
