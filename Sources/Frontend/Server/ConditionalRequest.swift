package import Candles
package import NIOHTTP1

/// What the sender of a GET or HEAD says of the document that it already has (RFC 9110, section 13).
package struct ConditionalRequest: Sendable {
    private let noneMatch: [String]
    private let modifiedSince: String?

    package init(_ headers: HTTPHeaders) {
        self.init(noneMatch: headers["if-none-match"], modifiedSince: headers.first(name: "if-modified-since"))
    }

    /// The values of all `If-None-Match` fields, and that of `If-Modified-Since`.
    package init(noneMatch: [String], modifiedSince: String?) {
        self.noneMatch = noneMatch
        self.modifiedSince = modifiedSince
    }

    /// Whether the sender has this very document, so that 304 says enough.
    ///
    /// `etag` is with its quotes, and may be weak: what is compared is what stands between them. The date counts only where no
    /// tag was sent; one that cannot be read counts as none.
    package func has(etag: String, modified: HTTPDate? = nil) -> Bool {
        if !noneMatch.isEmpty { return noneMatch.contains { Self.names(etag, $0) } }
        guard let modified, let modifiedSince else { return false }
        return modifiedSince == modified.description || HTTPDate(modifiedSince).map { modified <= $0 } ?? false
    }

    /// Whether a field, which is a list of tags or `*`, names a tag.
    private static func names(_ etag: String, _ field: String) -> Bool {
        let wanted = opaque(etag.utf8[...])
        var rest = field.utf8[...].drop(while: isSeparator)
        if rest.elementsEqual("*".utf8) { return true }
        while !rest.isEmpty {
            // A tag may have commas of its own.
            if let tag = opaque(rest) {
                if let wanted, tag.elementsEqual(wanted) { return true }
                rest = rest[tag.endIndex...].dropFirst()
            }
            rest = rest.drop { $0 != UInt8(ascii: ",") }.drop(while: isSeparator)
        }
        return false
    }

    /// What stands between the quotes of the tag with which `text` begins; nil where it begins with none.
    private static func opaque(_ text: Substring.UTF8View) -> Substring.UTF8View? {
        let quoted = text.starts(with: "W/".utf8) ? text.dropFirst(2) : text
        guard quoted.first == UInt8(ascii: "\"") else { return nil }
        let tag = quoted.dropFirst().prefix { $0 != UInt8(ascii: "\"") }
        return tag.endIndex < quoted.endIndex ? tag : nil
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
