import Candles
import Crypto
import Gzip
import HTTPServer
import NIOCore
import NIOHTTP1

/// An answer of the API, ready to be sent in each of its forms.
struct CachedAnswer: Sendable {
    let lifetime: APIDocument.Lifetime
    let tag: String
    let plain: ReadyAnswer
    /// Nil until somebody wants it.
    private(set) var zipped: ReadyAnswer?
    let notModified: ReadyAnswer

    /// Below this, compression saves nothing that matters.
    private static let worthZipping = 860

    /// `asOf` and `sequence` are those of the moment before the data were read.
    init(_ document: APIDocument, asOf: UnixMilliseconds, sequence: Int) {
        lifetime = document.lifetime
        let tag = Self.tag(of: document.data)
        self.tag = tag
        var body = ByteBuffer()
        if document.isEnveloped {
            body.reserveCapacity(document.data.count + 64)
            body.writeString("{\"as_of_ms\":\(asOf),\"seq\":\(sequence),\"data\":")
            body.writeBytes(document.data)
            body.writeString("}")
        } else {
            body.writeBytes(document.data)
        }
        plain = Self.answer(body, tag, lifetime, encoding: nil)
        notModified = ReadyAnswer(
            status: .notModified, headers: Self.validators(tag, lifetime), body: ByteBuffer())
        if body.readableBytes < Self.worthZipping { zipped = plain }
    }

    /// Compresses it, where that was not done before.
    mutating func zip() throws {
        if zipped != nil { return }
        let bytes = try Gzip.deflate(Array(plain.body.readableBytesView), level: 6)
        zipped = Self.answer(ByteBuffer(bytes: bytes), tag, lifetime, encoding: "gzip")
    }

    /// What to send to who asks so; nil where it first has to be compressed.
    func answer(to headers: HTTPHeaders) -> ReadyAnswer? {
        if ConditionalRequest(headers).has(etag: tag) { return notModified }
        return AcceptedEncoding(headers) == .gzip ? zipped : plain
    }

    /// Memory that it takes, roughly.
    var bytes: Int {
        let own = zipped.map { $0.headers.contains(name: "content-encoding") ? $0.body.readableBytes : 0 } ?? 0
        return plain.body.readableBytes + own + 2048
    }

    /// Weak: it is of the data alone, whatever stands around them, and in each encoding.
    private static func tag(of data: [UInt8]) -> String {
        let digits = SHA256.hash(data: data).prefix(12).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }
        return "W/\"\(digits.joined())\""
    }

    private static func answer(
        _ body: ByteBuffer, _ tag: String, _ lifetime: APIDocument.Lifetime, encoding: String?
    ) -> ReadyAnswer {
        var headers = validators(tag, lifetime)
        headers.add(name: "Content-Type", value: "application/json")
        headers.add(name: "Content-Length", value: "\(body.readableBytes)")
        if let encoding { headers.add(name: "Content-Encoding", value: encoding) }
        return ReadyAnswer(status: .ok, headers: headers, body: body)
    }

    private static func validators(_ tag: String, _ lifetime: APIDocument.Lifetime) -> HTTPHeaders {
        [
            "ETag": tag, "Cache-Control": lifetime == .settled ? "private, max-age=60" : "no-cache",
            "Vary": "Accept-Encoding",
        ]
    }
}
