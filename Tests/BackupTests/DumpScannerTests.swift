import TestSupport
import Testing

@testable import Backup

@Suite(.timeLimit(.minutes(2))) struct DumpScannerTests {
    private func scan(_ bytes: some Sequence<UInt8>, pieces: () -> Int = { 1 << 16 }) -> DumpScanner {
        var scanner = DumpScanner()
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces()))
            scanner.feed(piece.span)
            rest = rest.dropFirst(piece.count)
        }
        return scanner
    }

    private func scan(_ text: String) -> DumpScanner { scan(Array(text.utf8)) }

    @Test func `every table is found with its sums, in whatever pieces the dump comes`() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let dump = DumpText(using: &generator)
            let longest = [1, 3, 17, 1000].randomElement(using: &generator) ?? 1
            let scanner = scan(dump.bytes) { Int.random(in: 1...longest, using: &generator) }
            #expect(scanner.problem == nil, "seed \(seed)")
            #expect(scanner.tables == dump.tables, "seed \(seed)")
            #expect(scanner.isRestricted)
            #expect(scanner.outline.serverVersion == "15.18 (Debian 15.18-0)")
            #expect(scanner.outline.dumpVersion == "17.6")
        }
    }

    @Test func `a dump that is cut anywhere is not whole`() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        let dump = DumpText(using: &generator, tables: 6, rows: 4)
        // What is missing from the last cut is an empty line.
        for count in 0..<(dump.bytes.count - 1) {
            #expect(
                scan(dump.bytes.prefix(count)).problem != nil, "cut at \(count) of \(dump.bytes.count), seed \(seed)")
        }
    }

    private static let head = "--\n-- PostgreSQL database dump\n--\n\n"
    private static let tail = "--\n-- PostgreSQL database dump complete\n--\n\n"

    private static let wrong: [String: String] = [
        "": "it is empty",
        "SELECT 1;\n": "it is no plain dump of Postgres",
        tail: "it is no plain dump of Postgres",
        head: "it ends before pg_dump had written all of it",
        "\(head)SELECT 1; \(tail.dropFirst(3))": "it ends before pg_dump had written all of it",
        "\(head)COPY t (a) FROM stdin;\n1\n": "it ends amid the rows of t",
        "\(head)COPY t (a) FROM stdin;\n\(tail)": "it ends amid the rows of t",
        "\(head)COPY t (a) FROM stdin;\n\\.\r\n\(tail)": "it ends amid the rows of t",
        "\(head)SELECT '\n\(tail)": "it ends before pg_dump had written all of it",
        "\(head)AS $a$ $b$\n\(tail)": "it ends before pg_dump had written all of it",
        "\(head)\(tail)DROP TABLE t;\n": "something follows its end",
        "\(head)\(tail)\\connect other\n": "something follows its end",
        "\(head)\(tail)DROP": "it ends amid a line",
        "\\restrict K\n\(head)\(tail)": "its last line, \\unrestrict, is missing",
        "\\restrict K\n\(head)\(tail)\\unrestrict L\n": "its \\unrestrict does not belong to its \\restrict",
        "\(head)\(tail)\\unrestrict K\n": "its \\unrestrict does not belong to its \\restrict",
        "\\restrict K\n\\restrict K\n\(head)\(tail)\\unrestrict K\n": "it has a \\restrict inside another one",
    ]

    @Test(arguments: wrong.keys.sorted()) func `what is wrong is said`(text: String) {
        #expect(scan(text).problem == Self.wrong[text])
    }

    @Test(arguments: ["", "\\restrict K\n"]) func `both forms of a dump are whole`(restrict: String) {
        let end = restrict.isEmpty ? "" : "\\unrestrict K\n\n"
        let scanner = scan(restrict + Self.head + "COPY t (a) FROM stdin;\n\\.\n" + Self.tail + end)
        #expect(scanner.problem == nil)
        #expect(scanner.tables == [TableSum(name: "t", rows: 0, sum: 0, xor: 0)])
        #expect(scanner.isRestricted == !restrict.isEmpty)
    }

    @Test func `a line of a hundred megabytes is not kept`() async {
        await #expect(processExitsWith: .success) {
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            var scanner = DumpScanner()
            func feed(_ text: String) { scanner.feed(Array(text.utf8).span) }
            feed(DumpScannerTests.head + "SELECT '")
            for _ in 0..<4 { scanner.feed(piece.span) }
            feed("';\nCOPY t (a) FROM stdin;\n")
            let before = try Memory.peakKilobytes()
            for _ in 0..<100 { scanner.feed(piece.span) }
            feed("\n\\.\n" + DumpScannerTests.tail)
            precondition(scanner.problem == nil && scanner.tables.map(\.rows) == [1])
            let more = try Memory.peakKilobytes() - before
            precondition(more < 8192, "\(more) kB")
        }
    }
}
