/// A value of a JSON file, whatever it is: for readers that name everything that is wrong.
enum FileValue: Decodable, Sendable, Equatable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([FileValue])
    case object([String: FileValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([FileValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: FileValue].self))
        }
    }

    /// For messages: short, on one line.
    var printed: String {
        switch self {
        case .null: "null"
        case .flag(let flag): "\(flag)"
        case .number(let number): number.rounded() == number ? "\(Int64(clamping: number))" : "\(number)"
        case .text(let text): "'\(text.prefix(60))'"
        case .list: "a list"
        case .object: "an object"
        }
    }
}

extension Int64 {
    fileprivate init(clamping number: Double) { self = Int64(exactly: number.rounded()) ?? (number < 0 ? .min : .max) }
}
