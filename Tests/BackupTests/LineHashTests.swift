import TestSupport
import Testing

@testable import Backup

struct LineHashTests {
    private func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash = LineHash()
        hash.update(Array(bytes).span)
        return hash.finish()
    }

    /// Manifests hold sums of these: they may never change.
    @Test(
        arguments: [
            ("", 0x4295_0a89_8be8_732d), ("a", 0x11e2_9332_5677_47c1),
            ("1\t2024-01-01 00:00:00+00\t42000.5", 0xdf19_3e08_6b38_d321),
        ] as [(String, UInt64)]) func `a line has the same hash for ever`(line: String, value: UInt64)
    {
        #expect(hash(line.utf8) == value)
    }

    @Test func `pieces of any size make the same hash`() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for length in 0..<100 {
            let line = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var pieces = LineHash()
            var rest = line[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(Int.random(in: 1...20, using: &generator)))
                pieces.update(piece.span)
                rest = rest.dropFirst(piece.count)
            }
            #expect(pieces.finish() == hash(line), "length \(length), seed \(seed)")
        }
    }

    @Test func `another bit, another length or another order of bytes makes another hash`() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for length in 0..<40 {
            let line = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var hashes: Set = [hash(line), hash(line + [0]), hash([0] + line), hash(line + [0, 0])]
            for bit in 0..<length * 8 {
                var other = line
                other[bit / 8] ^= 1 << (bit % 8)
                hashes.insert(hash(other))
            }
            // Zeros before and after an empty or zero line are the same line.
            #expect(hashes.count >= length * 8 + 3, "length \(length), seed \(seed)")
        }
    }

    @Test func `sums do not see the order of rows, nor a line feed, but a row twice`() {
        func sums(_ rows: [String]) -> TableSum {
            var sums = LineSums()
            for row in rows { sums.add(Array(row.utf8).span) }
            return sums.table(named: "t")
        }
        #expect(sums(["a", "b", "c"]) == sums(["c", "a\n", "b"]))
        #expect(sums(["a", "b"]) != sums(["a", "c"]))
        #expect(sums(["a", "a", "b"]) != sums(["b"]))
        #expect(sums(["a", "a"]).xor == "0")
        #expect(sums([]) == TableSum(name: "t", rows: 0, sum: 0, xor: 0))
    }
}
