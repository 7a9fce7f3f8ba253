import Foundation

/// A document as it was written, with numbers and booleans told apart.
enum AnyJSON: Decodable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([AnyJSON])
    case object([String: AnyJSON])

    init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(AnyJSON.self, from: Data(bytes)) }

    init(from decoder: any Decoder) throws {
        let box = try decoder.singleValueContainer()
        if box.decodeNil() {
            self = .null
        } else if let flag = try? box.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? box.decode(Double.self) {
            self = .number(number)
        } else if let text = try? box.decode(String.self) {
            self = .text(text)
        } else if let list = try? box.decode([AnyJSON].self) {
            self = .list(list)
        } else {
            self = .object(try box.decode([String: AnyJSON].self))
        }
    }

    subscript(name: String) -> AnyJSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }
}
