package import Candles
import Foundation
import Transport

/// Sorts what came back from the exchange: a ban first, whatever form it has; then by its body, then by its status.
enum BitfinexReply {
    /// The body of a good reply.
    ///
    /// - Throws: `BitfinexFault` for everything that is not HTTP 200 with an array that is no error array.
    /// - Source: <https://docs.bitfinex.com/docs/rest-general>; the codes of the error arrays are in the table of its tests.
    static func body(
        of reply: HTTPReply, to what: String, at now: UnixMilliseconds
    ) throws(BitfinexFault) -> [UInt8] {
        let error = ErrorText(reply.body, isPage: reply.status == 200)
        let wait = reply.retryAfter(at: now)
        if reply.status == 429 || error.isRateLimit { throw .rateLimited(what: what, retryAfter: wait) }
        if error.isMaintenance { throw .maintenance(what: what, retryAfter: wait) }
        if let said = error.said {
            throw error.code == 10020
                ? .refused(what: what, reason: said) : .unavailable(what: what, reason: said, retryAfter: wait)
        }
        switch reply.status {
        case 200: return try page(reply.body, what)
        case 403: throw .forbidden(what: what)
        case 400..<500: throw .refused(what: what, reason: "HTTP \(reply.status)")
        default: throw .unavailable(what: what, reason: "HTTP \(reply.status)", retryAfter: wait)
        }
    }

    private static func page(_ body: [UInt8], _ what: String) throws(BitfinexFault) -> [UInt8] {
        guard let first = body.first(where: { $0 > 32 }) else {
            throw .malformed(what: what, reason: "it is empty")
        }
        if first == UInt8(ascii: "[") { return body }
        let begin = ErrorText.printable(body)
        if first == UInt8(ascii: "{") { throw .unavailable(what: what, reason: begin, retryAfter: nil) }
        throw .malformed(what: what, reason: "it begins with '\(begin.prefix(20))'")
    }
}

/// What a reply says where it is no page: `["error", 10020, "symbol: invalid"]`, `{"error": "ERR_RATE_LIMIT"}`, or a text.
private struct ErrorText {
    /// The exchange's number of the error.
    let code: Int?
    /// What an error array says; nil where the reply is none.
    let said: String?
    let isRateLimit: Bool

    var isMaintenance: Bool { code == 20060 }

    /// `isPage`: an array that does not begin as an error does, alone or in a list, is a page, and is not looked into.
    init(_ body: [UInt8], isPage: Bool) {
        let start = String(decoding: Array(body.lazy.filter { $0 > 32 }.prefix(16)), as: UTF8.self)
        let isError = start.hasPrefix("[") && start.drop { $0 == "[" }.lowercased().hasPrefix(#""error""#)
        if isPage, start.hasPrefix("["), !isError {
            (code, said, isRateLimit) = (nil, nil, false)
            return
        }
        let data = Data(body.prefix(Self.mostRead))
        let array = isError ? try? JSONDecoder().decode(ErrorArray.self, from: data) : nil
        let object = start.hasPrefix("{") ? try? JSONDecoder().decode(ErrorObject.self, from: data) : nil
        code = array?.code ?? object?.code?.value ?? object?.error?.value
        said =
            array.map { Self.printable("\($0.code ?? 0) \($0.message)".utf8) } ?? (isError ? Self.printable(body) : nil)
        isRateLimit = code == 11010 || RateLimit.isTold(in: body)
    }

    private static let mostRead = 64 << 10

    static func printable(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.prefix(200).filter { $0 >= 32 }, as: UTF8.self)
    }
}

/// `["error", code, "message"]`, where any of the last two may be missing, null, or of another kind.
private struct ErrorArray: Decodable {
    var code: Int?
    var message = ""

    init(from decoder: any Decoder) throws {
        var fields = try decoder.unkeyedContainer()
        _ = try fields.decode(String.self)
        while !fields.isAtEnd {
            let field = try fields.decode(Loose.self)
            if code == nil, let number = field.value { code = number } else if message.isEmpty { message = field.text }
        }
    }
}

private struct ErrorObject: Decodable {
    let code: Loose?
    let error: Loose?
}

/// A number or a text; anything else is neither, and no error.
private struct Loose: Decodable {
    let value: Int?
    let text: String

    init(from decoder: any Decoder) throws {
        let field = try? decoder.singleValueContainer()
        text = (try? field?.decode(String.self)) ?? ""
        value = (try? field?.decode(Int.self)) ?? Int(text)
    }
}

/// The exchange's word for "too many requests", in all its spellings.
enum RateLimit {
    private static let mostRead = 64 << 10

    /// Whether a text says `ratelimit`, `ERR_RATE_LIMIT`, `Rate limit` or the like.
    static func isTold(in text: some Sequence<UInt8>) -> Bool {
        let letters = text.lazy.prefix(mostRead).filter {
            $0 > 32 && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-")
        }
        return String(decoding: Array(letters), as: UTF8.self).lowercased().contains("ratelimit")
    }
}

/// A row of a page that is no candle: it hides what was between its neighbours, and nothing else.
package struct UnreadableRow: Sendable, Equatable {
    /// So many readable rows came before it, in the order of the reply.
    package var position: Int
    /// The row as it was sent, cut, without what a terminal would act on.
    package let text: String
    /// The open time that it names, where that much can be read.
    package let time: UnixMilliseconds?

    package init(position: Int, text: String, time: UnixMilliseconds?) {
        self.position = position
        self.text = text
        self.time = time
    }

    init(position: Int, bytes: ArraySlice<UInt8>) {
        let printable = bytes.prefix(Self.longest + 1).map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") }
        let text = String(decoding: printable.prefix(Self.longest), as: UTF8.self)
        self.init(
            position: position, text: printable.count > Self.longest ? text + "…" : text,
            time: CandlePageParser.openTime(of: bytes))
    }

    /// A candle that contradicts another of its interval, or lies off the grid.
    init(position: Int, _ candle: Candle) {
        let values = [candle.open, candle.close, candle.high, candle.low, candle.volume].map { "\($0)" }
        self.init(
            position: position, text: "[\(candle.openTime),\(values.joined(separator: ","))]", time: candle.openTime)
    }

    private static let longest = 120
}
