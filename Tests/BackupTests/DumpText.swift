import TestSupport

@testable import Backup

/// A made-up dump with whatever could confuse a reader, and what it holds.
struct DumpText {
    private(set) var bytes: [UInt8] = []
    private(set) var tables: [TableSum] = []

    /// Random tables and statements between a header and a trailer.
    init(using generator: inout SeededGenerator, tables count: Int = 4, rows: Int = 20) {
        add("--\n-- PostgreSQL database dump\n--\n\n\\restrict Key1\n\n")
        add("-- Dumped from database version 15.18 (Debian 15.18-0)\n-- Dumped by pg_dump version 17.6\n\n")
        for _ in 0..<count {
            add(Self.statements.randomElement(using: &generator) ?? "")
            addTable(Int.random(in: 0...rows, using: &generator), using: &generator)
        }
        add(Self.statements.randomElement(using: &generator) ?? "")
        add("--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict Key1\n\n")
    }

    private mutating func addTable(_ rows: Int, using generator: inout SeededGenerator) {
        let name = Self.names.randomElement(using: &generator) ?? ""
        add("COPY \(name) (a, \"b FROM stdin;\") FROM stdin;\n")
        var sums = LineSums()
        for _ in 0..<rows {
            let row = Self.row(using: &generator)
            sums.add(row.span)
            bytes += row + [UInt8(ascii: "\n")]
        }
        add("\\.\n\n")
        tables.append(sums.table(named: name))
    }

    private mutating func add(_ text: String) { bytes += Array(text.utf8) }

    private static func row(using generator: inout SeededGenerator) -> [UInt8] {
        if Bool.random(using: &generator) { return Array((rows.randomElement(using: &generator) ?? "").utf8) }
        return (0..<Int.random(in: 0...40, using: &generator)).map { _ in
            let byte = UInt8.random(in: 0...255, using: &generator)
            return byte == UInt8(ascii: "\n") ? 0 : byte
        }.filter { $0 != UInt8(ascii: "\\") }
    }

    private static let names = [
        "public.candle", "public.\"my table\"", "\"Odd \"\"schema\"\"\".\"a (b) FROM stdin;\"", "public.\"two\nlines\"",
        "public.\"\u{301}accent\u{301}\"", "public.\"COPY x (y) FROM stdin;\"",
    ]

    private static let rows = [
        "", "\\\\.", "\\\\.\\\\.", ".", "\\N\t\\N", "-- PostgreSQL database dump complete", "\r", "1\t2\r",
        "\\unrestrict Key1",
        "COPY public.t (a) FROM stdin;", "it's \"odd\" $$", "žluťoučký 🐎",
    ]

    /// None of these holds rows.
    private static let statements = [
        "", "-- it's a \"comment\" with $$ in it\n",
        "SELECT pg_catalog.setval('public.\"s'' FROM stdin;\"', $1, true);\n",
        "COMMENT ON TABLE t IS 'a ''lie'':\nCOPY public.nothing (a) FROM stdin;\n1\n\\.\n-- PostgreSQL database dump complete\n';\n",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$ SELECT $$\nCOPY public.nothing (a) FROM stdin;\n$$ || $1 $_$;\n",
        "CREATE VIEW v AS\n SELECT a$b AS \"x\n\\restrict Key2\n\",\n    $1 - -1 AS \"-- not a comment\"\n   FROM \"$$\";\n",
    ]
}
