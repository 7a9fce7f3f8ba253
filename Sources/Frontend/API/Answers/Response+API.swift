import HTTPServer
import Hummingbird
import NIOCore
import NIOHTTP1

extension Response {
    init(_ answer: ReadyAnswer) {
        var fields = HTTPFields()
        fields[.eTag] = answer.headers.first(name: "etag")
        fields[.cacheControl] = answer.headers.first(name: "cache-control")
        fields[.vary] = answer.headers.first(name: "vary")
        fields[.contentType] = answer.headers.first(name: "content-type")
        fields[.contentEncoding] = answer.headers.first(name: "content-encoding")
        self.init(
            status: .init(code: Int(answer.status.code)), headers: fields, body: .init(byteBuffer: answer.body))
    }

    /// `request` names the request in the log.
    init(_ problem: APIProblem, request: String) {
        var fields: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        if let seconds = problem.retryAfter { fields[.retryAfter] = "\(seconds)" }
        self.init(
            status: .init(code: problem.status), headers: fields,
            body: .init(byteBuffer: ByteBuffer(bytes: problem.body(request: request))))
    }
}
