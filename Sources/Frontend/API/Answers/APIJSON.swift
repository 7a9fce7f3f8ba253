import Foundation

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
