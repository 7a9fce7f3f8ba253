import Candles
import Foundation

/// The exchange's messages that are objects, as it prints them.
///
/// - Source: <https://docs.bitfinex.com/docs/ws-general>
enum ServerMessage {
    static func hello(serverID: String, isOperative: Bool) -> String {
        #"{"event":"info","version":2,"serverId":"\#(serverID)","platform":{"status":\#(isOperative ? 1 : 0)}}"#
    }

    static func info(_ code: InfoCode) -> String {
        #"{"event":"info","code":\#(code.rawValue),"msg":\#(JSONText.quoted(code.message))}"#
    }

    static func configured(flags: Int) -> String { #"{"event":"conf","status":"OK","flags":\#(flags)}"# }

    static func pong(_ cid: JSONScalar?, at now: UnixMilliseconds) -> String {
        let echo = cid.map { #","cid":\#($0.json)"# } ?? ""
        return #"{"event":"pong","ts":\#(now)\#(echo)}"#
    }

    static func subscribed(chanID: Int, key: String, subID: JSONScalar?) -> String {
        let echo = subID.map { #","subId":\#($0.json)"# } ?? ""
        return #"{"event":"subscribed","channel":"candles","chanId":\#(chanID),"key":\#(JSONText.quoted(key))\#(echo)}"#
    }

    static func unsubscribed(chanID: Int) -> String {
        #"{"event":"unsubscribed","status":"OK","chanId":\#(chanID)}"#
    }

    /// An error with the fields of the message that it answers.
    static func error(_ refusal: SubscriptionRefusal, to message: ClientMessage) -> String {
        var fields: [String] = []
        func add(_ name: String, _ json: String?) { if let json { fields.append("\"\(name)\":\(json)") } }
        add("channel", message.channel.map(JSONText.quoted))
        add("key", message.key.map(JSONText.quoted))
        let symbol = message.key.flatMap { $0.split(separator: ":", maxSplits: 2).dropFirst(2).first }
        add("symbol", symbol.map { JSONText.quoted(String($0)) })
        add("subId", message.subId?.json)
        add("event", "\"error\"")
        add("msg", JSONText.quoted(refusal.message))
        add("code", String(refusal.code))
        if case .duplicate(let chanID) = refusal {
            add("chanId", String(chanID))
        } else {
            add("chanId", message.chanId?.json)
        }
        add("pair", symbol.map { JSONText.quoted(String($0.dropFirst())) })
        return "{" + fields.joined(separator: ",") + "}"
    }
}

/// What the exchange tells about itself while a connection lasts.
enum InfoCode: Int {
    case restart = 20051
    case maintenanceBegins = 20060
    case maintenanceEnded = 20061

    var message: String {
        switch self {
        case .restart: "Stopping. Please try to reconnect"
        case .maintenanceBegins:
            "Entering in Maintenance mode. Please pause any activity and resume after receiving 20061"
        case .maintenanceEnded: "Maintenance ended. You can resume normal activity. Please unsubscribe/subscribe again"
        }
    }
}

/// Why a message is answered with an error; codes as the live exchange gives them.
enum SubscriptionRefusal: Equatable {
    case unknownEvent
    case invalidSymbol
    case invalidKey
    case unknownChannel
    case duplicate(chanID: Int)
    case limit
    case invalidUnsubscribe

    var code: Int {
        switch self {
        case .unknownEvent: 10_000
        case .invalidSymbol, .invalidKey, .unknownChannel: 10_300
        case .duplicate: 10_301
        case .limit: 10_305
        case .invalidUnsubscribe: 10_400
        }
    }

    var message: String {
        switch self {
        case .unknownEvent: "event: invalid"
        case .invalidSymbol: "symbol: invalid"
        case .invalidKey: "key: invalid"
        case .unknownChannel: "channel: unknown"
        case .duplicate: "subscribe: dup"
        case .limit: "subscribe: limit"
        case .invalidUnsubscribe: "unsubscribe: invalid"
        }
    }
}

/// What a client may say; fields that a message does not have are nil.
struct ClientMessage: Decodable, Equatable {
    var event: String?
    var channel: String?
    var key: String?
    var flags: Int?
    var chanId: JSONScalar?
    /// Sent back as it came.
    var subId: JSONScalar?
    /// Sent back as it came.
    var cid: JSONScalar?

    /// Nil where the text is not such an object.
    init?(_ text: Data) {
        guard let message = try? JSONDecoder().decode(ClientMessage.self, from: text) else { return nil }
        self = message
    }
}

/// A string or a number, as the client wrote it.
enum JSONScalar: Decodable, Equatable {
    case string(String)
    case integer(Int)
    case number(Double)

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else {
            self = .string(try value.decode(String.self))
        }
    }

    var json: String {
        switch self {
        case .string(let text): JSONText.quoted(text)
        case .integer(let value): String(value)
        case .number(let value): JavaScriptNumber.text(value)
        }
    }
}

/// `trade:1m:tDUSK:USD`, the key of a candle channel.
enum SubscriptionKey {
    /// - Throws: `SubscriptionError`
    static func series(_ key: String, in market: ReplayMarket) throws(SubscriptionError) -> Series {
        let parts = key.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "trade", let timeframe = Timeframe(rawValue: String(parts[1])) else {
            throw SubscriptionError(refusal: .invalidKey)
        }
        guard parts[2].hasPrefix("t"), let symbol = try? Symbol(String(parts[2])), market.symbols.contains(symbol)
        else {
            throw SubscriptionError(refusal: .invalidSymbol)
        }
        return Series(symbol: symbol, timeframe: timeframe)
    }
}

/// A message that is answered with an error.
struct SubscriptionError: Error { let refusal: SubscriptionRefusal }
