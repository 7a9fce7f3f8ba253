import Candles
import Crypto
import Gzip
import HTTPServer
import NIOCore
import NIOHTTP1

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
        let tag = SHA256.hash(data: bytes).prefix(8).map {
            $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16)
        }.joined()
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
