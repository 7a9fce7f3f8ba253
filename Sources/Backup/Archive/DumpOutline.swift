/// What the lines of a plain dump outside of rows say of it.
struct DumpOutline {
    /// Whether it uses `\restrict`, which older versions of psql do not know.
    private(set) var isRestricted = false
    /// Of the server that it is of, as pg_dump writes it.
    private(set) var serverVersion: String?
    /// Of the pg_dump that wrote it.
    private(set) var dumpVersion: String?

    private var hasHeader = false
    private var hasTrailer = false
    /// What `\unrestrict` has to repeat.
    private var key: Substring?
    private var flaw: String?

    /// What is wrong with a dump of which nothing is left to read; nil for nothing.
    var problem: String? {
        if !hasHeader { return "it is no plain dump of Postgres" }
        if !hasTrailer { return "it ends before pg_dump had written all of it" }
        return flaw ?? (key == nil ? nil : "its last line, \\unrestrict, is missing")
    }

    /// Takes in a line that began outside of quotes; it may hold line feeds in quotes.
    ///
    /// - Returns: The table whose rows follow, as `COPY` spells it.
    mutating func read(_ line: [UInt8]) -> String? {
        switch line.first {
        case nil: return nil
        case UInt8(ascii: "-") where line.starts(with: "--".utf8): readComment(String(decoding: line, as: UTF8.self))
        case UInt8(ascii: "\\"): readCommand(String(decoding: line, as: UTF8.self))
        case _ where hasTrailer: flaw = flaw ?? "something follows its end"
        case UInt8(ascii: "C") where line.starts(with: "COPY ".utf8) && line.hasSuffix(" FROM stdin;"):
            return Self.table(of: line)
        default: return nil
        }
        return nil
    }

    private mutating func readComment(_ line: String) {
        let server = "-- Dumped from database version "
        let program = "-- Dumped by pg_dump version "
        switch line {
        case "-- PostgreSQL database dump": hasHeader = true
        case "-- PostgreSQL database dump complete": hasTrailer = hasHeader
        case _ where line.hasPrefix(server): serverVersion = serverVersion ?? String(line.dropFirst(server.count))
        case _ where line.hasPrefix(program): dumpVersion = dumpVersion ?? String(line.dropFirst(program.count))
        default: return
        }
    }

    private mutating func readCommand(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 1)
        switch words[0] {
        case "\\restrict":
            if key != nil { flaw = flaw ?? "it has a \\restrict inside another one" }
            isRestricted = true
            key = words.count == 2 ? words[1] : ""
        case "\\unrestrict":
            if key == nil || words.last != key { flaw = flaw ?? "its \\unrestrict does not belong to its \\restrict" }
            key = nil
        default: if hasTrailer { flaw = flaw ?? "something follows its end" }
        }
    }

    /// `public."my table"` of `COPY public."my table" (id, name) FROM stdin;`.
    private static func table(of line: [UInt8]) -> String {
        var isQuoted = false
        let name = line.dropFirst("COPY ".utf8.count).prefix { byte in
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            return isQuoted || byte != UInt8(ascii: " ")
        }
        return String(decoding: name, as: UTF8.self)
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ text: StaticString) -> Bool {
        suffix(text.utf8CodeUnitCount).elementsEqual(text.description.utf8)
    }
}
