/// Reads a plain dump of Postgres while it passes: rows and sums of every table, and whether it is whole.
///
/// In constant memory, also for a line of any length. What stands in quotes counts for nothing, whatever it looks like.
struct DumpScanner {
    /// Every table that the dump has rows of, or an empty list of rows, in its order.
    private(set) var tables: [TableSum] = []
    private(set) var outline = DumpOutline()

    private var quoting = SQLQuoting()
    /// What has come of the line outside of rows.
    private var statement: [UInt8] = []
    private var isEmpty = true

    /// Whose rows the scanner stands in.
    private var table: String?
    private var sums = LineSums()
    private var row = LineHash()

    /// The longest statement that is looked at; COPY of the most columns is shorter.
    private static let longestStatement = 1 << 20

    /// `\.`, which ends the rows; in a value it would be `\\.`.
    private static let endOfRows: LineHash = {
        var line = LineHash()
        line.update([UInt8(ascii: "\\"), UInt8(ascii: ".")].span)
        return line
    }()

    /// Whether it uses `\restrict`, which older versions of psql do not know.
    var isRestricted: Bool { outline.isRestricted }

    mutating func feed(_ piece: Span<UInt8>) {
        if !piece.isEmpty { isEmpty = false }
        var at = 0
        while at < piece.count { at = table == nil ? readStatements(piece, from: at) : readRows(piece, from: at) }
    }

    /// What is wrong with a dump that was fed to its end; nil for nothing.
    var problem: String? {
        if isEmpty { return "it is empty" }
        if let table { return "it ends amid the rows of \(table)" }
        return outline.problem ?? (statement.isEmpty ? nil : "it ends amid a line")
    }

    /// Gives where it stopped: at the end of the piece, or where rows begin.
    private mutating func readStatements(_ piece: Span<UInt8>, from start: Int) -> Int {
        for at in start..<piece.count {
            let byte = piece[at]
            quoting.read(byte)
            if byte == UInt8(ascii: "\n"), quoting.isPlain {
                endStatement()
                if table != nil { return at + 1 }
            } else if statement.count < Self.longestStatement {
                statement.append(byte)
            }
        }
        return piece.count
    }

    private mutating func endStatement() {
        if statement.count < Self.longestStatement { table = outline.read(statement) }
        statement.removeAll(keepingCapacity: true)
    }

    /// Gives where it stopped: at the end of the piece, or after the rows.
    private mutating func readRows(_ piece: Span<UInt8>, from start: Int) -> Int {
        var at = start
        while at < piece.count {
            let lineFeed = piece.lineFeed(from: at)
            row.update(piece.extracting(at..<(lineFeed ?? piece.count)))
            guard let lineFeed else { return piece.count }
            at = lineFeed + 1
            if row == Self.endOfRows {
                endRows()
                return at
            }
            sums.add(row.finish())
        }
        return at
    }

    private mutating func endRows() {
        if let table { tables.append(sums.table(named: table)) }
        table = nil
        sums = LineSums()
        row = LineHash()
    }
}

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
