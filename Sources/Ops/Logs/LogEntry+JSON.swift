import Candles
import Logging

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
