/// Tells, byte by byte, whether SQL stands between quotes or in a comment.
///
/// It knows the forms that pg_dump writes: strings and names whose quotes are doubled, bodies between `$tag$`, and `--`
/// to the end of the line.
struct SQLQuoting {
    private enum State { case plain, comment, string, name, tag, body }

    private var state = State.plain
    private var previous = UInt8(ascii: "\n")
    /// `$tag$`, from the moment that it begins.
    private var tag: [UInt8] = []
    /// So many bytes of the tag that ends the body have come.
    private var matched = 0

    /// No real tag is as long.
    private static let longestTag = 1024

    /// Whether what was read last ended outside of everything; a comment ends with its line.
    var isPlain: Bool { state == .plain }

    mutating func read(_ byte: UInt8) {
        switch state {
        case .plain: begin(byte)
        case .comment: if byte == UInt8(ascii: "\n") { state = .plain }
        case .string: if byte == UInt8(ascii: "'") { state = .plain }
        case .name: if byte == UInt8(ascii: "\"") { state = .plain }
        case .tag: extendTag(byte)
        case .body: matchTag(byte)
        }
        previous = byte
    }

    private mutating func begin(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "'"): state = .string
        case UInt8(ascii: "\""): state = .name
        case UInt8(ascii: "-") where previous == byte: state = .comment
        case UInt8(ascii: "$") where !Self.isPartOfWord(previous):
            state = .tag
            tag = [byte]
        default: return
        }
    }

    /// `$1` is a parameter: no other dollar sign ends it.
    private mutating func extendTag(_ byte: UInt8) {
        tag.append(byte)
        if byte == UInt8(ascii: "$") {
            state = .body
            matched = 0
        } else if !Self.isPartOfWord(byte) || tag.count > Self.longestTag {
            state = .plain
            begin(byte)
        }
    }

    private mutating func matchTag(_ byte: UInt8) {
        if byte == tag[matched] { matched += 1 } else { matched = byte == UInt8(ascii: "$") ? 1 : 0 }
        if matched == tag.count { state = .plain }
    }

    private static func isPartOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...: true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"): true
        default: false
        }
    }
}
