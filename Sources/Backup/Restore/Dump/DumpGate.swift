/// Lets through what pg_dump writes into a plain file, and nothing else: no command of psql, and no other statement.
///
/// A statement passes only once its end was seen and all of it is right, so that nothing of a crafted file reaches psql.
struct DumpGate {
    private var lexer = SQLLexer()
    /// Of the statement, with what stands before it.
    private var pending: [UInt8] = []
    /// The statement itself, or its beginning.
    private var text: [UInt8] = []
    private var line: [UInt8] = []
    private var previous = UInt8(ascii: "\n")
    private var phase = Phase.statements
    private var rowStart: [UInt8] = []
    private var rowBytes = 0

    private enum Phase { case statements, command, copyEnd, rows }

    /// What the dump would bring that could act by itself; see `DumpStatement.object`.
    private(set) var objects: [String] = []
    /// What must stand around a statement about an extension.
    let superuser: Surrounding?
    /// Whether the role that loads owns nothing else, so that who may do what is left out.
    let isLimited: Bool

    struct Surrounding: Sendable {
        let before: String
        let after: String
    }

    init(superuser: Surrounding? = nil, isLimited: Bool = false) {
        self.superuser = superuser
        self.isLimited = isLimited
    }

    /// - Throws: `Refusal`; what `pass` throws.
    mutating func feed(_ piece: Span<UInt8>, _ pass: (Span<UInt8>) throws -> Void) throws {
        var at = 0
        while at < piece.count {
            if phase == .rows {
                at = try readRows(piece, from: at, pass)
            } else {
                try read(piece[at], pass)
                at += 1
            }
        }
    }

    /// What is left when the dump has ended.
    mutating func finish(_ pass: (Span<UInt8>) throws -> Void) throws {
        guard phase == .statements, lexer.isBetween else { throw Refusal(what: "it ends amid a statement") }
        try pass(pending.span)
        pending = []
    }

    /// What a dump has that pg_dump does not write.
    struct Refusal: Error { let what: String }

    private mutating func read(_ byte: UInt8, _ pass: (Span<UInt8>) throws -> Void) throws {
        switch phase {
        case .command: try readCommand(byte)
        case .copyEnd:
            // For psql rows begin on the next line; what follows on this one would be SQL after them.
            guard byte == UInt8(ascii: "\n") else { throw Refusal(what: "it has something behind FROM stdin;") }
            try pass([byte].span)
            phase = .rows
        default: try readStatement(byte, pass)
        }
    }

    private mutating func readStatement(_ byte: UInt8, _ pass: (Span<UInt8>) throws -> Void) throws {
        defer { previous = byte }
        if byte == UInt8(ascii: "\\"), lexer.isBetween, previous == UInt8(ascii: "\n") {
            phase = .command
            line = [byte]
            return
        }
        let wasBetween = lexer.isBetween
        let sign = lexer.read(byte)
        pending.append(byte)
        // The first sign of a comment looks like the beginning of a statement.
        if lexer.skeleton.isEmpty {
            text.removeAll(keepingCapacity: true)
        } else if !wasBetween || !lexer.isBetween, text.count < Self.longestText {
            text.append(byte)
        }
        switch sign {
        case .flaw(let what): throw Refusal(what: "\(what), near: \(statement.name)")
        case .ends: try endStatement(pass)
        case .goesOn: if pending.count > SQLLexer.longest { try passBeginning(pass) }
        }
    }

    private var statement: DumpStatement {
        DumpStatement(
            text: String(decoding: text, as: UTF8.self),
            skeleton: String(decoding: lexer.trimmedSkeleton, as: UTF8.self))
    }

    private mutating func endStatement(_ pass: (Span<UInt8>) throws -> Void) throws {
        let statement = statement
        let verdict = statement.verdict
        lexer.next()
        text.removeAll(keepingCapacity: true)
        defer { pending.removeAll(keepingCapacity: true) }
        switch verdict {
        case .refused(let name): throw Refusal(what: "pg_dump does not write this statement: \(name)")
        case .isLeftOut: return
        case .setsWhereKnown: return try pass(Array(DumpStatement.settingWhereKnown.utf8).span)
        case .passes where isLimited && statement.isOfAccess: return
        case .copies: phase = .copyEnd
        case .passes, .isOfExtension: if let object = statement.object { objects.append(object) }
        }
        let isAround = verdict == .isOfExtension
        if isAround, let before = superuser?.before { try pass(Array(before.utf8).span) }
        try pass(pending.span)
        if isAround, let after = superuser?.after { try pass(Array(after.utf8).span) }
    }

    /// Of a statement too long to keep; psql runs nothing of it before its end.
    private mutating func passBeginning(_ pass: (Span<UInt8>) throws -> Void) throws {
        if !lexer.skeleton.isEmpty, !statement.mayBeLong {
            throw Refusal(what: "pg_dump does not write this statement: \(statement.name)")
        }
        try pass(pending.span)
        pending.removeAll(keepingCapacity: true)
    }

    /// `\restrict` and `\unrestrict` of the dump are left out: our own stand around all of it.
    private mutating func readCommand(_ byte: UInt8) throws {
        guard byte == UInt8(ascii: "\n") else {
            line.append(byte)
            if line.count > 256 { throw Refusal(what: "it has a command of psql") }
            return
        }
        let command = String(decoding: line, as: UTF8.self)
        guard command.wholeMatch(of: /\\(un)?restrict [A-Za-z0-9]+/) != nil else {
            throw Refusal(what: "it has a command of psql: \(DumpStatement(text: command, skeleton: "").name)")
        }
        previous = byte
        phase = .statements
    }

    /// Gives where it stopped: at the end of the piece, or after the rows.
    private mutating func readRows(
        _ piece: Span<UInt8>, from start: Int, _ pass: (Span<UInt8>) throws -> Void
    ) throws -> Int {
        var at = start
        while at < piece.count {
            let lineFeed = piece.lineFeed(from: at)
            let end = lineFeed ?? piece.count
            for index in at..<min(end, at + 3) where rowStart.count < 3 { rowStart.append(piece[index]) }
            rowBytes += end - at
            guard lineFeed != nil else { break }
            at = end + 1
            let isEnd = rowBytes == 2 && rowStart == Self.endOfRows
            // psql ends the rows here too, and would read what follows as SQL.
            if rowBytes == 3, rowStart == Self.endOfRows + [13] { throw Refusal(what: "its rows end in two ways") }
            rowStart.removeAll(keepingCapacity: true)
            rowBytes = 0
            if isEnd {
                phase = .statements
                break
            }
        }
        let rows = piece.extracting(start..<(phase == .rows ? piece.count : at))
        if rows.hasZero { throw Refusal(what: "it has a byte that is zero") }
        try pass(rows)
        return start + rows.count
    }

    private static let endOfRows = Array("\\.".utf8)
    private static let longestText = 16_384
}

/// Reads a dump through the gate, and loads nothing.
enum DumpCheck {
    /// - Returns: What the dump brings that would act by itself.
    /// - Throws: `BackupFault.refused`, `.damaged`, `.tooLarge`; `GzipFault`, `CancellationError`.
    static func objects(in archive: RestoreArchive) throws -> [String] {
        var gate = DumpGate()
        var scanner = DumpScanner()
        do {
            let limit = try UnpackLimit(ofDump: archive)
            var bytes = 0
            _ = try ArchiveReader.read(archive.path) { piece in
                bytes += piece.count
                if bytes > limit.bytes { throw BackupFault.tooLarge(file: archive.name, limit: limit) }
                scanner.feed(piece)
                try gate.feed(piece) { _ in }
            }
            if let problem = scanner.problem { throw BackupFault.damaged(file: archive.name, problem: problem) }
            try gate.finish { _ in }
        } catch let refusal as DumpGate.Refusal {
            throw BackupFault.refused(file: archive.name, what: refusal.what)
        }
        return gate.objects
    }
}
