import Foundation

/// A manifest as it stands in its file, with a SHA-256 of itself.
///
/// The digest is of the whole text in which its own 64 digits are zeros.
enum ManifestText {
    private static let key = "\"manifest_sha256\" : \""
    private static let blank = String(repeating: "0", count: 64)

    private static let signature = ",\n  \"signature\" : \""
    private static let signer = ",\n  \"signed_by\" : \""

    /// With a key the text is signed: everything before the signature, with the key's id at its end.
    static func encode(_ manifest: Manifest, key signing: BackupKey? = nil) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(manifest), as: UTF8.self)
        var body = String(text.dropLast(2))  // "\n}"
        if let signing {
            body += "\(signer)\(signing.id)\""
            body += "\(signature)\(signing.signature(of: body))\""
        }
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

    /// Who vouches for a text that `decode` could read.
    static func signature(of text: String, _ key: BackupKey?) -> ManifestSignature {
        guard let start = text.ranges(of: signature).last, let mark = text.ranges(of: signer).last,
            mark.upperBound < start.lowerBound
        else { return .none }
        let signed = String(text[..<start.lowerBound])
        // Nothing may stand behind the signature but the digest: it could say other things than what was signed.
        let rest = text[start.upperBound...]
        guard let found = rest.wholeMatch(of: /([0-9a-f]{64})",\n  "manifest_sha256" : "[0-9a-f]{64}"\n}\n/),
            let id = signed[mark.upperBound...].wholeMatch(of: /([0-9a-f]{16})"/)
        else { return .wrong }
        guard let key, key.id == String(id.1) else { return .others }
        return key.isRight(String(found.1), of: signed) ? .ours : .wrong
    }

    private static func digest(of text: String) -> String {
        var digest = RunningDigest()
        digest.update(Array(text.utf8).span)
        return digest.finish()
    }
}
