/// Looks at the raw bytes of a backup while they pass.
///
/// In a plain dump every table's rows are counted and summed; of an SQLite file only the head is looked at, since its digest
/// says more than any reading of it.
struct RawContent {
    private enum Kind {
        case dump(DumpScanner)
        case sqlite(head: [UInt8])
    }

    private var kind: Kind

    init(_ type: BackupType) { kind = type == .postgres ? .dump(DumpScanner()) : .sqlite(head: []) }

    mutating func feed(_ piece: Span<UInt8>) {
        switch kind {
        case .dump(var scanner):
            kind = .sqlite(head: [])  // Else the scanner would be copied.
            scanner.feed(piece)
            kind = .dump(scanner)
        case .sqlite(var head):
            for index in 0..<min(piece.count, Self.magic.count - head.count) { head.append(piece[index]) }
            kind = .sqlite(head: head)
        }
    }

    /// What is wrong, or differs from the manifest; nil for nothing.
    func problem(_ manifest: Manifest? = nil) -> String? {
        switch kind {
        case .dump(let scanner):
            if let problem = scanner.problem { return problem }
            return manifest.flatMap { TableSum.difference(scanner.tables, $0.tables) }
        case .sqlite(let head):
            return head == Self.magic ? nil : "it holds no SQLite database"
        }
    }

    private static let magic = Array("SQLite format 3\u{0}".utf8)
}
