import Candles
import Logging

extension LogEntry {
    /// One line of text, for a file: `2024-01-31T12:00:00.123Z WARNING watchdog: message name=value`.
    package var line: String {
        "\(String(decoding: Self.stamp(time), as: UTF8.self)) \(heading)\(words.visible)\n"
    }

    /// For a terminal: the lines of a message stay lines; what could steer the terminal does not reach it.
    var terminalText: String {
        "\(String(decoding: Self.stamp(time), as: UTF8.self)) \(heading)"
            + Self.lines(of: words).joined(separator: "\n    ") + "\n"
    }

    /// For the journal, which knows time and level; at least one.
    var journalLines: [String] {
        var lines = Self.lines(of: words)
        lines[0] = "\(source.visible): \(lines[0])"
        return lines
    }

    private var heading: String { "\(level.rawValue.uppercased()) \(source.visible): " }

    /// The message and the fields by name.
    private var words: String {
        fields.sorted { $0.key < $1.key }.reduce(into: message) { $0 += " \($1.key)=\(Self.word($1.value))" }
    }

    private static func word(_ value: Logger.MetadataValue) -> String {
        let text = "\(value)"
        let isPlain = !text.isEmpty && text.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "=" }
        return isPlain ? text : "\"\(text.replacing("\"", with: "\\\""))\""
    }

    /// At least one.
    private static func lines(of text: String) -> [String] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(\.visible)
    }

}
