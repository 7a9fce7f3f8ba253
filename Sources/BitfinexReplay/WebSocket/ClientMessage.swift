import Foundation

/// What a client may say; fields that a message does not have are nil.
struct ClientMessage: Decodable, Equatable {
    var event: String?
    var channel: String?
    var key: String?
    var flags: Int?
    var chanId: JSONScalar?
    /// Sent back as it came.
    var subId: JSONScalar?
    /// Sent back as it came.
    var cid: JSONScalar?

    /// Nil where the text is not such an object.
    init?(_ text: Data) {
        guard let message = try? JSONDecoder().decode(ClientMessage.self, from: text) else { return nil }
        self = message
    }
}

/// A string or a number, as the client wrote it.
enum JSONScalar: Decodable, Equatable {
    case string(String)
    case integer(Int)
    case number(Double)

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else {
            self = .string(try value.decode(String.self))
        }
    }

    var json: String {
        switch self {
        case .string(let text): JSONText.quoted(text)
        case .integer(let value): String(value)
        case .number(let value): JavaScriptNumber.text(value)
        }
    }
}
