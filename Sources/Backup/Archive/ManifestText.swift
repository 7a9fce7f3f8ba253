import Foundation

/// A manifest as it stands in its file, with a SHA-256 of itself.
///
/// The digest is of the whole text in which its own 64 digits are zeros.
enum ManifestText {
    private static let key = "\"manifest_sha256\" : \""
    private static let blank = String(repeating: "0", count: 64)

    static func encode(_ manifest: Manifest) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(manifest), as: UTF8.self)
        let body = text.dropLast(2)  // "\n}"
        let unsigned = "\(body),\n  \(key)\(blank)\"\n}\n"
        return unsigned.replacing(blank, with: digest(of: unsigned))
    }

    /// Nil where the text is damaged.
    static func decode(_ text: String) -> Manifest? {
        guard let range = text.ranges(of: key).last else { return nil }
        let digits = text[range.upperBound...].prefix(64)
        let unsigned = text[..<digits.startIndex] + blank + text[digits.endIndex...]
        guard digits.utf8.count == 64, digest(of: String(unsigned)) == digits else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let manifest = try? decoder.decode(Manifest.self, from: Data(text.utf8)), manifest.isPlausible else {
            return nil
        }
        return manifest
    }

    private static func digest(of text: String) -> String {
        var digest = RunningDigest()
        digest.update(Array(text.utf8).span)
        return digest.finish()
    }
}
