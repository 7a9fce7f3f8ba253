package import Candles
import Crypto
import Gzip
import HTTPServer
import NIOCore
package import NIOHTTP1

/// A document whose every answer was made beforehand.
struct ServedDocument: Sendable {
    /// How long a browser may go on without asking whether it changed.
    enum Freshness: String, Sendable {
        /// It asks each time, and hears 304.
        case none = "no-cache"
        /// What is under this name never changes.
        case forever = "public, max-age=31536000, immutable"
    }

    private struct Form: Sendable {
        let etag: String
        let whole: ReadyAnswer
        let unchanged: ReadyAnswer
    }

    private let modified: HTTPDate
    private let plain: Form
    /// Nil where it would not be smaller.
    private let gzip: Form?

    /// - Throws: `GzipFault`.
    init(_ bytes: [UInt8], type: String, freshness: Freshness = .none, modified: HTTPDate) throws {
        self.modified = modified
        let compressed = try Gzip.deflate(bytes, level: 9)
        let isSmaller = compressed.count < bytes.count
        let tag = SHA256.hash(data: bytes).prefix(8).hexadecimal
        func form(_ etag: String, _ encoding: HTTPHeaders, _ body: [UInt8]) -> Form {
            var common: HTTPHeaders = ["ETag": etag, "Cache-Control": freshness.rawValue]
            if isSmaller { common.add(name: "Vary", value: "Accept-Encoding") }
            var headers: HTTPHeaders = ["Content-Type": type, "Content-Length": "\(body.count)"]
            headers.add(contentsOf: encoding)
            headers.add(contentsOf: common)
            headers.add(contentsOf: ["Last-Modified": modified.description, "Accept-Ranges": "none"] as HTTPHeaders)
            return Form(
                etag: etag, whole: ReadyAnswer(status: .ok, headers: headers, body: ByteBuffer(bytes: body)),
                unchanged: ReadyAnswer(status: .notModified, headers: common, body: ByteBuffer()))
        }
        plain = form("\"\(tag)\"", [:], bytes)
        gzip = isSmaller ? form("\"\(tag)-gz\"", ["Content-Encoding": "gzip"], compressed) : nil
    }

    func answer(to head: HTTPRequestHead) -> ReadyAnswer {
        var form = plain
        if let gzip, AcceptedEncoding(head.headers) == .gzip { form = gzip }
        return ConditionalRequest(head.headers).has(etag: form.etag, modified: modified) ? form.unchanged : form.whole
    }
}

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

/// The form in which a document is best sent.
package enum AcceptedEncoding: Sendable, Equatable {
    /// As it is. Also for who takes neither: to send it is allowed, and more use than 406.
    case identity
    case gzip

    package init(_ headers: HTTPHeaders) { self.init(fields: headers["accept-encoding"]) }

    /// `fields` are the values of all `Accept-Encoding` fields (RFC 9110, section 12.5.3).
    package init(fields: [String]) {
        var weights = Weights()
        for field in fields { weights.read(field.utf8[...]) }
        let gzip = weights.gzip ?? weights.others ?? 0
        self = gzip > 0 && gzip >= weights.identity ?? 0 ? .gzip : .identity
    }
}

/// How much a client wants each coding, in thousandths; nil is not said.
private struct Weights {
    private(set) var gzip: Int?
    private(set) var identity: Int?
    private(set) var others: Int?

    mutating func read(_ field: Substring.UTF8View) {
        var rest = field
        while !rest.isEmpty {
            let item = rest.prefix { $0 != UInt8(ascii: ",") }
            rest = rest[item.endIndex...].dropFirst()
            let name = item.prefix { $0 != UInt8(ascii: ";") }
            add(name.trimmed, Self.weight(item[name.endIndex...]))
        }
    }

    private mutating func add(_ name: Substring.UTF8View, _ weight: Int) {
        if name.isWord("gzip") || name.isWord("x-gzip") {
            gzip = weight
        } else if name.isWord("identity") {
            identity = weight
        } else if name.isWord("*") {
            others = weight
        }
    }

    /// Of `;q=0.5`; 1000 where there is none, and 0 where it cannot be read.
    private static func weight(_ parameters: Substring.UTF8View) -> Int {
        let text = parameters.dropFirst().trimmed
        if text.isEmpty { return 1000 }
        guard text.first.map({ $0 | 0x20 }) == UInt8(ascii: "q") else { return 0 }
        let number = text.dropFirst().trimmed
        guard number.first == UInt8(ascii: "="), let value = Double(String(Substring(number.dropFirst().trimmed))),
            (0...1).contains(value)
        else { return 0 }
        return Int(value * 1000)
    }
}

extension Substring.UTF8View {
    fileprivate var trimmed: Substring.UTF8View {
        var text = drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        while let last = text.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { text.removeLast() }
        return text
    }

    /// Whether it is `word`, which is in lower case, in any case.
    fileprivate func isWord(_ word: StaticString) -> Bool {
        elementsEqual("\(word)".utf8) {
            $0 == $1 || ($0 | 0x20 == $1 && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($1))
        }
    }
}
