import Foundation

/// How events are written: on one line, in snake case.
enum LiveJSON {
    static func bytes(_ document: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Our documents hold nothing that JSON cannot.
        return (try? encoder.encode(document)).map(Array.init) ?? Array("{}".utf8)
    }
}
