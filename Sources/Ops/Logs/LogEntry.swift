package import Candles
package import Logging

/// One thing that was logged.
package struct LogEntry: Sendable {
    package let time: UnixMilliseconds
    package let level: Logger.Level
    /// The part of the program that says so: the logger's label.
    package let source: String
    package let message: String
    package let fields: Logger.Metadata

    /// The field with the journal's number of the run that an error ended: the journal counts it, too.
    package static let runField = "run"

    package init(
        time: UnixMilliseconds, level: Logger.Level, source: String, message: String, fields: Logger.Metadata = [:]
    ) {
        self.time = time
        self.level = level
        self.source = source
        self.message = message
        self.fields = fields
    }

    /// `2024-01-31T12:00:00.123Z`.
    static func stamp(_ time: UnixMilliseconds) -> [UInt8] {
        let dayLength = Int64(86_400_000)
        let days = (time >= 0 ? time : time - (dayLength - 1)) / dayLength
        let day = CivilDay(sinceEpoch: Int(days))
        let rest = Int(time - days * dayLength)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func add(_ number: Int, _ width: Int, _ mark: Character) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
            text.append(contentsOf: mark.utf8)
        }
        add(day.year, 4, "-")
        add(day.month, 2, "-")
        add(day.day, 2, "T")
        add(rest / 3_600_000, 2, ":")
        add(rest / 60_000 % 60, 2, ":")
        add(rest / 1000 % 60, 2, ".")
        add(rest % 1000, 3, "Z")
        return text
    }
}

extension LogEntry {
    /// One line of JSON: `time`, `level`, `source`, `message`, then the fields by name.
    ///
    /// A field that has one of the four names, with or without underscores behind it, gets one underscore more.
    package var json: [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(128 + message.utf8.count)
        line += "{\"time\":\"".utf8
        line += Self.stamp(time)
        line += "\",\"level\":\"".utf8
        line += level.rawValue.utf8
        line += "\",\"source\":".utf8
        Self.add(source, to: &line)
        line += ",\"message\":".utf8
        Self.add(message, to: &line)
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            line.append(UInt8(ascii: ","))
            Self.add(Self.isReserved(name) ? name + "_" : name, to: &line)
            line.append(UInt8(ascii: ":"))
            Self.add(value, to: &line)
        }
        line += "}\n".utf8
        return line
    }

    private static func isReserved(_ name: String) -> Bool {
        let plain = name.hasSuffix("_") ? String(name.prefix { $0 != "_" }) : name
        return plain == "time" || plain == "level" || plain == "source" || plain == "message"
    }

    private static func add(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): add(text, to: &line)
        case .stringConvertible(let value): add("\(value)", to: &line)
        case .array(let values):
            line.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                add(value, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let values):
            line.append(UInt8(ascii: "{"))
            for (index, pair) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                add(pair.key, to: &line)
                line.append(UInt8(ascii: ":"))
                add(pair.value, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }

    /// In quotation marks; escaped is what RFC 8259 wants, and whatever could steer the terminal of who reads the file.
    private static func add(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": line += "\\\"".utf8
            case "\\": line += "\\\\".utf8
            case "\n": line += "\\n".utf8
            case "\r": line += "\\r".utf8
            case "\t": line += "\\t".utf8
            case _ where scalar.isSteering: line += scalar.escapedInJSON.utf8
            default: line += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}

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
