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
