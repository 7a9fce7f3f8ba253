import Foundation

/// The lines of a `.env`: `NAME=value`, read as the person meant them, or a problem that names the line and shows nothing of it.
///
/// A line may begin with `export`, and end as Windows ends it; a value may stand in quotes; `#` begins a comment at a line's start
/// and behind a value in quotes. Of a name that stands there twice the last one counts.
struct EnvFile {
    private(set) var values: [String: String] = [:]
    private(set) var problems: [String] = []
    /// Every name that stands there.
    var names: Set<String> { Set(values.keys) }

    /// `bytes`: nil where there is no file; `path` names it in problems.
    init(_ bytes: Data?, path: String) {
        guard let bytes else { return }
        guard let text = Self.text(of: bytes) else {
            problems = ["\(path) is no text in UTF-8; save it as UTF-8"]
            return
        }
        for (index, line) in Self.lines(of: text).enumerated() {
            do throws(Objection) {
                if let (name, value) = try Self.setting(in: line) { values[name] = value }
            } catch {
                problems.append("line \(index + 1) of \(path) \(error.rawValue)")
            }
        }
    }

    /// Without the mark that some editors put before the first byte; nil where it is not UTF-8.
    static func text(of bytes: Data) -> String? {
        let mark = Data([0xEF, 0xBB, 0xBF])
        guard let text = String(data: bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes, encoding: .utf8) else {
            return nil
        }
        return text.unicodeScalars.contains("\0") ? nil : text
    }

    /// However they end: with LF, CRLF or CR.
    static func lines(of text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    }

    private enum Objection: String, Error {
        case noSetting = "is no NAME=value; mend it, or begin it with # to make it a comment"
        case openQuote = "has a quote that does not end; a value is one line, in two equal quotes or in none"
        case afterQuote = "goes on behind a value in quotes; put the whole value into one pair of quotes"
        case otherQuote = "has a value in typographic quotes; write \" or '"
        case comment = "has a # behind its value; put a comment on a line of its own, or the value into quotes"
        case control = "holds a control character; write it anew"
        case spelling = "has a setting's name in other letters; write it in capitals, with _ between its words"
    }

    /// Nil for a comment and an empty line.
    private static func setting(in line: Substring) throws(Objection) -> (String, String)? {
        let line = line.trimmingCharacters(in: .whitespaces)
        guard let first = line.first, first != "#" else { return nil }
        guard let match = line.wholeMatch(of: /(export\s+)?([A-Za-z_][A-Za-z0-9_.\-]*)\s*=(.*)/) else {
            throw .noSetting
        }
        if isMisspelt(String(match.2)) { throw .spelling }
        let isControl: (Unicode.Scalar) -> Bool = { $0.properties.generalCategory == .control && $0 != "\t" }
        if line.unicodeScalars.contains(where: isControl) { throw .control }
        return (String(match.2), try value(match.3))
    }

    /// Whether it is one of our names but for its letters' case and what stands between its words: nothing would read it.
    private static func isMisspelt(_ name: String) -> Bool {
        let spelled = String(name.uppercased().map { "-.".contains($0) ? "_" : $0 })
        return name != spelled && (Settings.names.contains(spelled) || BreakerSettings.parts(of: spelled) != nil)
    }

    private static func value(_ text: Substring) throws(Objection) -> String {
        let isComment = text.contains(/\s#/)
        let text = text.drop(while: \.isWhitespace)
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            if let first = text.first, "“”„‘’‚«»".contains(first) { throw .otherQuote }
            if isComment { throw .comment }
            return String(text)
        }
        var value = ""
        var rest = text.dropFirst()
        while true {
            guard let next = rest.popFirst() else { throw .openQuote }
            if next == quote { break }
            // Between double quotes a backslash keeps a quote or a backslash from its meaning.
            let isEscape = quote == "\"" && next == "\\" && (rest.first == "\"" || rest.first == "\\")
            value.append(isEscape ? rest.removeFirst() : next)
        }
        if rest.wholeMatch(of: /\s*(#.*)?/) == nil { throw .afterQuote }
        return value
    }
}
