import Foundation

/// The data of an answer, and for how long they are true.
struct APIDocument: Sendable {
    enum Lifetime: Sendable, Equatable {
        /// As long as the server runs.
        case always
        /// Until the database changes; nobody need ask again for a minute.
        case settled
        /// Until the database changes.
        case untilChange
        /// Until the database changes, or a second has passed: it tells of now.
        case second
    }

    /// JSON.
    let data: [UInt8]
    let lifetime: Lifetime
    /// Whether the data stand in an envelope with their time and the number of the newest event.
    var isEnveloped = true
}

/// How documents are written: in snake case, with their members always in one order, so that equal data give equal tags.
enum APIJSON {
    static func bytes(_ document: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Our documents hold nothing that JSON cannot.
        return (try? encoder.encode(document)).map(Array.init) ?? Array("null".utf8)
    }
}

/// In this module the compiler's own encoding writes null for what is not known, instead of leaving it out: to a reader, a member
/// that is not there is one that the server does not have.
extension KeyedEncodingContainer {
    mutating func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try encode(value, forKey: key) }
    mutating func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try encode(value, forKey: key) }
    mutating func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try encode(value, forKey: key) }
    mutating func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try encode(value, forKey: key) }
    mutating func encodeIfPresent(_ value: String?, forKey key: Key) throws { try encode(value, forKey: key) }
    mutating func encodeIfPresent(_ value: (some Encodable)?, forKey key: Key) throws { try encode(value, forKey: key) }
}
