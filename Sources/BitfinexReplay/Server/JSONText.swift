/// Writes JSON by hand, where the exchange's mixed arrays fit no `Codable` type.
enum JSONText {
    static func list(_ items: some Sequence<String>) -> String { "[" + items.joined(separator: ",") + "]" }

    static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\u{0}"..."\u{1F}": "\\u" + String(UInt32(scalar.value) + 0x10000, radix: 16).dropFirst()
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
