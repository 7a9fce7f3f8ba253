/// Reads SQL byte by byte as psql does, so that nobody can hide from it what psql would find.
///
/// Where the two could read a text differently, it is refused: pg_dump never writes such a text.
struct SQLLexer {
    enum Sign: Equatable {
        case goesOn
        /// This semicolon ends a statement, for psql and for the server.
        case ends
        case flaw(String)
    }

    private enum State: Equatable {
        case plain, comment, name, parameter, tag, body
        case string(escapes: Bool)
        /// After a backslash in a string that knows them.
        case escaped
        /// After a quote that ends a string, unless another one follows.
        case quote(escapes: Bool)
    }

    private enum Token { case none, word, number }

    private var state = State.plain
    private var token = Token.none
    private var word: [UInt8] = []
    private var previous = UInt8(ascii: "\n")
    private var beforePrevious = UInt8(ascii: "\n")
    /// `E'…'` has just ended: a quote on another line would go on with it.
    private var endedEscapes = false
    private var tag: [UInt8] = []
    private var matched = 0
    private var depth = 0
    private var body = FunctionBody()

    /// The statement so far without comments, and with nothing between its quotes.
    private(set) var skeleton: [UInt8] = []

    var trimmedSkeleton: ArraySlice<UInt8> {
        skeleton.last == UInt8(ascii: " ") ? skeleton.dropLast() : skeleton[...]
    }

    /// No statement of pg_dump outside of quotes is as long.
    static let longest = 1 << 20

    /// Whether nothing of a statement has come yet.
    var isBetween: Bool { state == .plain && skeleton.isEmpty }
    /// Whether a byte would stand outside of quotes and comments.
    var isPlain: Bool { state == .plain }

    mutating func read(_ byte: UInt8) -> Sign {
        defer {
            beforePrevious = previous
            previous = byte
        }
        if byte == 0 { return .flaw("it has a byte that is zero") }
        switch state {
        case .comment:
            // For psql a carriage return ends a comment, too.
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { state = .plain }
        case .name: if byte == UInt8(ascii: "\"") { state = .plain }
        case .string(let escapes):
            if byte == UInt8(ascii: "'") {
                state = .quote(escapes: escapes)
            } else if escapes, byte == UInt8(ascii: "\\") {
                state = .escaped
            }
        case .escaped: state = .string(escapes: true)
        case .quote(let escapes):
            guard byte == UInt8(ascii: "'") else {
                state = .plain
                endedEscapes = escapes
                return readPlain(byte)
            }
            state = .string(escapes: escapes)
        case .parameter: return readParameter(byte)
        case .tag: return readTag(byte)
        case .body: matchTag(byte)
        case .plain: return readPlain(byte)
        }
        return .goesOn
    }

    /// Begins the next statement.
    mutating func next() {
        skeleton.removeAll(keepingCapacity: true)
        body = FunctionBody()
        endedEscapes = false
    }

    private mutating func readPlain(_ byte: UInt8) -> Sign {
        let isSpace = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == 9 || byte == 13
        if byte < 32, !isSpace { return .flaw("it has a control character") }
        if endedEscapes, !isSpace, byte != UInt8(ascii: "-") || previous == UInt8(ascii: "-") {
            if byte == UInt8(ascii: "'") { return .flaw("it goes on with a string on another line") }
            if byte != UInt8(ascii: "-") { endedEscapes = false }
        }
        if Self.isPartOfWord(byte) || token == .word && byte == UInt8(ascii: "$") { return extendToken(byte) }
        let ended = token
        let last = word
        endToken()
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "$"):
            if ended == .number { return .flaw("it has a quote behind a number") }
            if previous == UInt8(ascii: ":"), beforePrevious != UInt8(ascii: ":") {
                return .flaw("it has a variable of psql")
            }
            return beginQuote(byte, behindE: ended == .word && (last == [69] || last == [101]))
        case UInt8(ascii: "-") where previous == byte:
            state = .comment
            skeleton.removeLast()
            return .goesOn
        case UInt8(ascii: "*") where previous == UInt8(ascii: "/"): return .flaw("it has a comment in /* */")
        case UInt8(ascii: "{") where previous == UInt8(ascii: ":"): return .flaw("it has a variable of psql")
        case UInt8(ascii: "\\"): return .flaw("it has a command of psql")
        case UInt8(ascii: "("): depth += 1
        case UInt8(ascii: ")"): depth = max(0, depth - 1)
        case UInt8(ascii: ";") where depth == 0:
            return body.semicolon()
        default: break
        }
        return append(byte, isSpace: isSpace)
    }

    private mutating func extendToken(_ byte: UInt8) -> Sign {
        if token == .none {
            token = (48...57).contains(byte) ? .number : .word
            let isVariable = previous == UInt8(ascii: ":") && beforePrevious != UInt8(ascii: ":")
            if isVariable, (65...90).contains(byte) { return .flaw("it has a variable of psql") }
        }
        if word.count < 64 { word.append(byte) }
        return append(byte, isSpace: false)
    }

    private mutating func endToken() {
        if token == .word { body.read(word: word, atDepth: depth) }
        token = .none
        word.removeAll(keepingCapacity: true)
    }

    private mutating func beginQuote(_ byte: UInt8, behindE: Bool) -> Sign {
        switch byte {
        case UInt8(ascii: "\""): state = .name
        case UInt8(ascii: "'"): state = .string(escapes: behindE)
        default:
            tag = [byte]
            state = .tag
            return .goesOn
        }
        _ = append(byte, isSpace: false)
        return append(byte, isSpace: false)
    }

    private mutating func readParameter(_ byte: UInt8) -> Sign {
        if (48...57).contains(byte) { return append(byte, isSpace: false) }
        if Self.isPartOfWord(byte) || byte == UInt8(ascii: "$") || byte == UInt8(ascii: "'") {
            return .flaw("it has something behind a parameter")
        }
        state = .plain
        return readPlain(byte)
    }

    private mutating func readTag(_ byte: UInt8) -> Sign {
        if tag.count == 1, (48...57).contains(byte) {
            state = .parameter
            _ = append(UInt8(ascii: "$"), isSpace: false)
            return append(byte, isSpace: false)
        }
        tag.append(byte)
        if byte == UInt8(ascii: "$") {
            state = .body
            matched = 0
            _ = append(byte, isSpace: false)
            return append(byte, isSpace: false)
        }
        let isTag = Self.isPartOfWord(byte) && tag.count < 128
        return isTag ? .goesOn : .flaw("it has a dollar sign that begins no text")
    }

    private mutating func matchTag(_ byte: UInt8) {
        if byte == tag[matched] { matched += 1 } else { matched = byte == UInt8(ascii: "$") ? 1 : 0 }
        if matched == tag.count { state = .plain }
    }

    /// Spaces at the beginning are left out, and several are one.
    private mutating func append(_ byte: UInt8, isSpace: Bool) -> Sign {
        if isSpace {
            if let last = skeleton.last, last != UInt8(ascii: " ") { skeleton.append(UInt8(ascii: " ")) }
        } else {
            skeleton.append(byte)
        }
        return skeleton.count < Self.longest ? .goesOn : .flaw("it has a statement that is too long")
    }

    private static func isPartOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...: true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

/// Tells whether a semicolon ends a function that is written in SQL between `BEGIN ATOMIC` and `END`.
///
/// psql guesses it from words, the server knows it; where the two could differ, the statement is refused.
private struct FunctionBody {
    private var words: [String] = []
    private var previous = ""
    /// As the server counts: only behind `BEGIN ATOMIC`.
    private var depth = 0
    /// As psql counts.
    private var guessed = 0

    mutating func read(word bytes: [UInt8], atDepth parentheses: Int) {
        let word = String(decoding: bytes, as: UTF8.self).lowercased()
        defer { previous = word }
        if words.count < 4 { words.append(word) }
        guard isFunction, parentheses == 0 else { return }
        switch word {
        case "begin": guessed += 1
        case "atomic" where previous == "begin": depth += 1
        case "case" where guessed > 0:
            guessed += 1
            if depth > 0 { depth += 1 }
        case "end":
            guessed = max(0, guessed - 1)
            depth = max(0, depth - 1)
        default: break
        }
    }

    func semicolon() -> SQLLexer.Sign {
        if depth != guessed { return .flaw("it has a function that ends nowhere") }
        if depth == 0 { return .ends }
        return depth == 1 ? .goesOn : .flaw("it has a function that ends nowhere")
    }

    private var isFunction: Bool {
        guard words.count > 1, words[0] == "create" else { return false }
        if words[1] == "or" { return words.count > 3 && words[2] == "replace" && Self.kinds.contains(words[3]) }
        return Self.kinds.contains(words[1])
    }

    private static let kinds: Set = ["function", "procedure"]
}
