package import Candles
import Foundation

/// One message of the exchange's WebSocket.
///
/// - Source: <https://docs.bitfinex.com/docs/ws-general>, <https://docs.bitfinex.com/reference/ws-public-candles>
package enum StreamFrame: Sendable, Equatable {
    /// The greeting, or news about the platform; `isOperative` is nil where the frame does not say.
    case info(code: Int?, isOperative: Bool?)
    case subscribed(channel: Int, key: String)
    case unsubscribed(channel: Int)
    case pong(Int)
    /// A refusal; of a subscription that is there already, with its channel.
    case error(code: Int, message: String, key: String?, channel: Int?)
    /// Data of a channel, with the number that the frame has among all of its connection.
    case data(channel: Int, Payload, sequence: Int?)
    /// Anything else: it is no reason to end the connection.
    case unknown

    package enum Payload: Sendable, Equatable {
        case heartbeat
        /// Newest first as sent, or in any other order; empty for a series without candles.
        case snapshot([Candle])
        case update(Candle)
        /// None of these: the frame still counts in the sequence.
        case unreadable
    }

    package init(_ bytes: [UInt8]) {
        switch bytes.first {
        case UInt8(ascii: "{"): self = Self.event(bytes)
        case UInt8(ascii: "["): self = Self.data(bytes) ?? .unknown
        default: self = .unknown
        }
    }

    private struct Event: Decodable {
        struct Platform: Decodable { let status: Int }

        let event: String
        let code: Int?
        let msg: String?
        let key: String?
        let chanId: Int?
        let cid: Int?
        let platform: Platform?
    }

    private static func event(_ bytes: [UInt8]) -> StreamFrame {
        guard let event = try? JSONDecoder().decode(Event.self, from: Data(bytes)) else { return .unknown }
        switch (event.event, event.chanId) {
        case ("info", _): return .info(code: event.code, isOperative: event.platform.map { $0.status == 1 })
        case ("subscribed", let channel?): return event.key.map { .subscribed(channel: channel, key: $0) } ?? .unknown
        case ("unsubscribed", let channel?): return .unsubscribed(channel: channel)
        case ("pong", _): return .pong(event.cid ?? 0)
        case ("error", let channel):
            return .error(code: event.code ?? 0, message: event.msg ?? "", key: event.key, channel: channel)
        default: return .unknown
        }
    }

    /// `[chanId, payload]`, with sequence and time after it where they were asked for.
    private static func data(_ bytes: [UInt8]) -> StreamFrame? {
        let parts = ArrayElements.ranges(of: bytes)
        guard parts.count >= 2, let channel = number(bytes[parts[0]]) else { return nil }
        let payload = payload(bytes[parts[1]]) ?? .unreadable
        return .data(channel: channel, payload, sequence: parts.count > 2 ? number(bytes[parts[2]]) : nil)
    }

    private static func payload(_ bytes: ArraySlice<UInt8>) -> Payload? {
        if bytes.elementsEqual(#""hb""#.utf8) { return .heartbeat }
        let second = bytes.dropFirst().first { $0 > 32 }
        guard bytes.first == UInt8(ascii: "["), let second else { return nil }
        if second == UInt8(ascii: "[") || second == UInt8(ascii: "]") {
            return (try? CandlePageParser.candles(in: Array(bytes))).map { .snapshot($0) }
        }
        let page = [UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")]
        return (try? CandlePageParser.candles(in: page))?.first.map { .update($0) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? { Int(String(decoding: bytes, as: UTF8.self)) }
}
