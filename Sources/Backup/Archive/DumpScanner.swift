/// Reads a plain dump of Postgres while it passes: rows and sums of every table, and whether it is whole.
///
/// In constant memory, also for a line of any length.
struct DumpScanner {
    /// Every table that the dump has rows of, or an empty list of rows, in its order.
    private(set) var tables: [TableSum] = []
    /// Whether it uses `\restrict`, which older versions of psql do not know.
    private(set) var isRestricted = false

    fileprivate var rows: Rows?
    private var line: [UInt8] = []
    private var hasHeader = false
    private var hasTrailer = false
    private var isOpen = false
    /// The comment before a COPY announces rows; text in a function that looks like COPY has none.
    private var announcesRows = false

    /// The COPY block that the scanner stands in, and the line of it.
    fileprivate struct Rows {
        let table: String
        var sums = LineSums()
        var hash = LineHash()
        var length = 0
        var head: [UInt8] = []
    }

    /// The longest statement that is looked at; COPY of the most columns is shorter.
    private static let longestStatement = 1 << 18

    mutating func feed(_ piece: Span<UInt8>) {
        var at = 0
        while at < piece.count {
            let lineFeed = piece.lineFeed(from: at)
            take(piece.extracting(at..<(lineFeed ?? piece.count)))
            guard let lineFeed else { return }
            endLine()
            at = lineFeed + 1
        }
    }

    /// What is wrong with a dump that was fed to its end; nil for nothing.
    var problem: String? {
        if !hasHeader { return "it is no plain dump of Postgres" }
        if let rows { return "it ends amid the rows of \(rows.table)" }
        if !hasTrailer { return "it ends before pg_dump had written all of it" }
        return isOpen ? "its last line, \\unrestrict, is missing" : nil
    }

    private mutating func take(_ segment: Span<UInt8>) {
        guard rows != nil else { return segment.append(to: &line, limit: Self.longestStatement - line.count) }
        rows?.take(segment)
    }

    private mutating func endLine() {
        guard rows == nil else { return endRow() }
        read(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
    }

    private mutating func endRow() {
        guard let table = rows?.endLine() else { return }
        tables.append(table)
        rows = nil
        announcesRows = false
    }

    /// Takes in a line outside of rows.
    private mutating func read(_ line: String) {
        switch line {
        case "-- PostgreSQL database dump": hasHeader = true
        case "-- PostgreSQL database dump complete": hasTrailer = true
        case _ where line.hasPrefix("-- Data for Name: "): announcesRows = line.contains("; Type: TABLE DATA; ")
        case _ where line.hasPrefix("-- Name: "): announcesRows = false
        case _ where line.hasPrefix("COPY "):
            guard announcesRows, line.hasSuffix(" FROM stdin;") else { return }
            rows = Rows(table: Self.table(of: line))
        case _ where line.hasPrefix("\\restrict "):
            isRestricted = true
            isOpen = true
        case _ where line.hasPrefix("\\unrestrict "): isOpen = false
        default: return
        }
    }

    /// `public."my table"` of `COPY public."my table" (id, name) FROM stdin;`.
    private static func table(of statement: String) -> String {
        var isQuoted = false
        let name = statement.dropFirst("COPY ".count).prefix { character in
            if character == "\"" { isQuoted.toggle() }
            return isQuoted || character != " "
        }
        return String(name)
    }
}

extension DumpScanner.Rows {
    fileprivate mutating func take(_ segment: Span<UInt8>) {
        hash.update(segment)
        length += segment.count
        if head.count < 2 { segment.append(to: &head, limit: 2 - head.count) }
    }

    /// Ends a row, or, at `\.`, the table.
    fileprivate mutating func endLine() -> TableSum? {
        if length == 2, head == Array("\\.".utf8) { return sums.table(named: table) }
        sums.add(hash.finish())
        length = 0
        head.removeAll(keepingCapacity: true)
        return nil
    }
}
