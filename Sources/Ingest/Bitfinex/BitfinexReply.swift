import Foundation
import Resilience
import Transport

/// Sorts what came back from the exchange: by its body first, then by its status.
enum BitfinexReply {
    /// The body of a good reply.
    ///
    /// - Throws: `BitfinexFault` for everything that is not HTTP 200 with an array that is no error array.
    /// - Source: <https://docs.bitfinex.com/docs/rest-general>; the codes of the error arrays are in the table of its tests.
    static func body(of reply: HTTPReply, to what: String) throws(BitfinexFault) -> [UInt8] {
        if let error = errorArray(reply.body) { throw fault(of: error, what: what, reply: reply) }
        let retryAfter = reply.header("Retry-After").flatMap { Int64($0) }.map { Duration.seconds($0) }
        switch reply.status {
        case 200:
            if isRateLimitObject(reply.body) { throw .rateLimited(what: what, retryAfter: retryAfter) }
            guard let first = reply.body.first(where: { $0 > 32 }) else {
                throw .malformed(what: what, reason: "it is empty")
            }
            if first == UInt8(ascii: "[") { return reply.body }
            if first == UInt8(ascii: "{") { throw .unavailable(what: what, reason: text(reply.body)) }
            throw .malformed(what: what, reason: "it begins with '\(text(reply.body.prefix(20)))'")
        case 429:
            throw .rateLimited(what: what, retryAfter: retryAfter)
        case 403:
            throw .forbidden(what: what)
        case 400..<500:
            if isRateLimitObject(reply.body) { throw .rateLimited(what: what, retryAfter: retryAfter) }
            throw .refused(what: what, reason: "HTTP \(reply.status)")
        default:
            throw .unavailable(what: what, reason: "HTTP \(reply.status)")
        }
    }

    /// `["error", code, "message"]`, an array like any other page to a careless reader.
    private struct ErrorArray: Decodable {
        let code: Int
        let message: String

        init(from decoder: any Decoder) throws {
            var fields = try decoder.unkeyedContainer()
            guard try fields.decode(String.self) == "error" else {
                throw DecodingError.dataCorruptedError(in: fields, debugDescription: "no error array")
            }
            code = try fields.decodeIfPresent(Int.self) ?? 0
            message = fields.isAtEnd ? "" : (try fields.decodeIfPresent(String.self) ?? "")
        }
    }

    private static func errorArray(_ body: [UInt8]) -> ErrorArray? {
        guard body.count < 4096, body.starts(with: Array("[\"error\"".utf8)) else { return nil }
        return try? JSONDecoder().decode(ErrorArray.self, from: Data(body))  // Anything else is judged by its status.
    }

    private static func fault(of error: ErrorArray, what: String, reply: HTTPReply) -> BitfinexFault {
        let retryAfter = reply.header("Retry-After").flatMap { Int64($0) }.map { Duration.seconds($0) }
        let said = "\(error.code) \(error.message)"
        switch error.code {
        case 11010: return .rateLimited(what: what, retryAfter: retryAfter)
        case 10020: return .refused(what: what, reason: said)
        case _ where error.message.lowercased().contains("ratelimit"):
            return .rateLimited(what: what, retryAfter: retryAfter)
        default: return .unavailable(what: what, reason: said)
        }
    }

    private static func isRateLimitObject(_ body: [UInt8]) -> Bool {
        guard body.count < 4096 else { return false }
        let said = text(body).lowercased()
        return said.hasPrefix("{") && (said.contains("ratelimit") || said.contains("err_rate_limit"))
    }

    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.prefix(200).filter { $0 >= 32 }, as: UTF8.self)
    }
}
