import NIOCore
import NIOHTTP1

/// Why a request is answered by the server itself; each ends the connection.
enum Refusal: Sendable, Equatable {
    case malformed(String)
    case unknownHost
    case method(allowed: String)
    case tooLarge
    case headTooLarge
    case late

    var status: HTTPResponseStatus {
        switch self {
        case .malformed: .badRequest
        case .unknownHost: .misdirectedRequest
        case .method: .methodNotAllowed
        case .tooLarge: .payloadTooLarge
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .late: .requestTimeout
        }
    }

    private var sentence: String {
        switch self {
        case .malformed(let reason): reason
        case .unknownHost: "this server is not called by that name; name it in ALLOWED_HOSTS"
        case .method(let allowed): "use \(allowed)"
        case .tooLarge: "the body is too large"
        case .headTooLarge: "the target or the header fields are too large, as with too many cookies"
        case .late: "the request did not come in time"
        }
    }

    /// The whole answer; to a HEAD request without its body.
    func parts(toHead: Bool) -> [HTTPServerResponsePart] {
        let body = ByteBuffer(string: sentence + "\n")
        var headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(body.readableBytes)",
            "Cache-Control": "no-store", "Connection": "close",
        ]
        if case .method(let allowed) = self { headers.add(name: "Allow", value: allowed) }
        let head = HTTPServerResponsePart.head(.init(version: .http1_1, status: status, headers: headers))
        return toHead ? [head, .end(nil)] : [head, .body(.byteBuffer(body)), .end(nil)]
    }
}
