extension JSONValue {
    /// For messages: short, on one line.
    var printed: String {
        switch self {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .integer(let integer): "\(integer)"
        case .number(let number): "\(number)"
        case .text(let text): "'\(text.prefix(60))'"
        case .list: "a list"
        case .object: "an object"
        }
    }
}
