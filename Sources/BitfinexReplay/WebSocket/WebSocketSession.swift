import Candles
import Foundation
import NIOCore
import Resilience

/// The rules of one connection: messages and the time in, texts to send and an ending out.
struct WebSocketSession: Sendable {
    /// How the connection ends.
    enum Ending: Sendable, Equatable {
        /// A close frame, then the client's.
        case close(status: Int)
        case reset
        /// No close frame: the client sees 1006.
        case abort
    }

    private struct Channel: Sendable {
        let key: String
        var feed: CandleFeed
        var nextHeartbeat: UnixMilliseconds
        var phase: Int64
        var isStalled = false
    }

    private enum Flag { static let timestamp = 32_768, sequence = 65_536 }
    private static let heartbeat: Int64 = 15_000
    private static let filler = ByteBuffer(repeating: UInt8(ascii: "x"), count: 2 << 20)

    private let market: ReplayMarket
    private let channelLimit: Int
    private let idleLimit: Duration
    private let shared: SharedState
    private var channels: [Int: Channel] = [:]
    private var flags = 0
    private var sequence = 0
    private var lastHeard: UnixMilliseconds
    /// Nothing is sent any more, though the connection is open.
    private(set) var isStalled = false
    private var maintenanceEnds: UnixMilliseconds?
    private var texts: [ByteBuffer] = []
    /// Once this is set, nothing more is said.
    private(set) var ending: Ending?

    init(market: ReplayMarket, settings: ReplaySettings, shared: SharedState, at now: UnixMilliseconds) {
        self.market = market
        channelLimit = settings.channelLimit
        idleLimit = settings.idleLimit
        self.shared = shared
        lastHeard = now
    }

    /// What is to be sent, once.
    mutating func takeTexts() -> [ByteBuffer] {
        defer { texts = [] }
        return texts
    }

    mutating func open(serverID: String, at now: UnixMilliseconds) {
        say(ServerMessage.hello(serverID: serverID, isOperative: !shared.isInMaintenance(now)))
    }

    /// Takes one text; what is not JSON is passed over, as the exchange does.
    mutating func receive(_ text: Data, at now: UnixMilliseconds) {
        lastHeard = now
        guard let message = ClientMessage(text) else { return }
        do {
            try answer(message, at: now)
        } catch {
            say(ServerMessage.error(error.refusal, to: message))
        }
    }

    /// Sends what is due by now.
    mutating func tick(at now: UnixMilliseconds) {
        if let end = maintenanceEnds, now >= end {
            maintenanceEnds = nil
            say(ServerMessage.info(.maintenanceEnded))
        }
        if channels.isEmpty, now - lastHeard >= idleLimit.milliseconds { ending = .abort }
        for id in channels.keys.sorted() {
            sendHeartbeat(on: id, at: now)
            sendUpdates(on: id, at: now)
        }
    }

    private mutating func answer(_ message: ClientMessage, at now: UnixMilliseconds) throws(SubscriptionError) {
        switch message.event {
        case "ping": say(ServerMessage.pong(message.cid, at: now))
        case "conf":
            flags = message.flags ?? 0
            say(ServerMessage.configured(flags: flags))
        case "subscribe": try subscribe(message, at: now)
        case "unsubscribe":
            guard case .integer(let id) = message.chanId?.asInteger, channels.removeValue(forKey: id) != nil else {
                throw SubscriptionError(refusal: .invalidUnsubscribe)
            }
            say(ServerMessage.unsubscribed(chanID: id))
        default: throw SubscriptionError(refusal: .unknownEvent)
        }
    }

    private mutating func subscribe(_ message: ClientMessage, at now: UnixMilliseconds) throws(SubscriptionError) {
        guard message.channel == "candles" else { throw SubscriptionError(refusal: .unknownChannel) }
        let key = message.key ?? ""
        let faults = shared.faults(.subscribe, key)
        if faults.contains(.invalidSymbol) { throw SubscriptionError(refusal: .invalidSymbol) }
        if faults.contains(.noAck) { return }
        let series = try SubscriptionKey.series(key, in: market)
        if let other = channels.first(where: { $0.value.key == key }) {
            throw SubscriptionError(refusal: .duplicate(chanID: other.key))
        }
        if channels.count >= channelLimit { throw SubscriptionError(refusal: .limit) }
        let id = shared.nextChannelID()
        var feed = CandleFeed(series)
        let rows = feed.snapshot(visible(series, at: now))
        if faults.contains(.earlyData) { say(rows.first ?? ByteBuffer(string: "\"hb\""), on: id, at: now) }
        channels[id] = Channel(
            key: key, feed: feed, nextHeartbeat: now + WebSocketSession.heartbeat,
            phase: market.phase(of: series, at: now))
        say(ServerMessage.subscribed(chanID: id, key: key, subID: message.subId))
        send(ByteBuffer.list(rows), on: id, at: now)
    }

    private mutating func sendHeartbeat(on id: Int, at now: UnixMilliseconds) {
        guard var channel = channels[id], now >= channel.nextHeartbeat else { return }
        let beats = (now - channel.nextHeartbeat) / WebSocketSession.heartbeat + 1
        channel.nextHeartbeat += beats * WebSocketSession.heartbeat
        channels[id] = channel
        send(ByteBuffer(string: "\"hb\""), on: id, at: now)
    }

    private mutating func sendUpdates(on id: Int, at now: UnixMilliseconds) {
        guard var channel = channels[id] else { return }
        let phase = market.phase(of: channel.feed.series, at: now)
        if phase == channel.phase { return }
        channel.phase = phase
        let visible = visible(channel.feed.series, at: now)
        let rows = channel.feed.updates(visible, at: now)
        channels[id] = channel
        let newest = rows.isEmpty ? nil : visible.row(at: visible.count - 1)
        for row in rows {
            send(row, on: id, at: now)
            if row == newest { sendOldStates(besides: row, on: id, at: now) }
        }
    }

    /// Rows of a source that was read before; without them there is nothing to say.
    private func visible(_ series: Series, at now: UnixMilliseconds) -> VisibleRows {
        (try? market.visible(series, at: now)) ?? VisibleRows(settled: CandleRows(), count: 0)
    }
}

// Data frames, and what befalls them.
extension WebSocketSession {
    private mutating func send(_ payload: ByteBuffer, on id: Int, at now: UnixMilliseconds) {
        guard ending == nil, !isStalled, maintenanceEnds == nil, let channel = channels[id], !channel.isStalled else {
            return
        }
        var copies = 1
        for fault in shared.faults(.dataFrame, channel.key) {
            switch fault {
            case .sequenceGap:
                sequence += 1
                copies = 0
            case .sequenceRepeat: sequence = max(0, sequence - 1)
            case .lostFrame: copies = 0
            case .duplicate: copies = 2
            case .unknownChannel: say(ByteBuffer(string: "[\(now),1,1,1,1,1]"), on: 0, at: now)
            case .garbage: say("\u{1F} this is not JSON [[1483228800000,")
            case .oversized: sayOversized(on: id, at: now)
            default:
                strike(fault, on: id, at: now)
                copies = 0
            }
        }
        for _ in 0..<copies { say(payload, on: id, at: now) }
    }

    /// A fault after which the connection or the channel is not what it was.
    private mutating func strike(_ fault: WebSocketFault, on id: Int, at now: UnixMilliseconds) {
        switch fault {
        case .stall: isStalled = true
        case .channelStall: channels[id]?.isStalled = true
        case .close(let status): ending = .close(status: status)
        case .reset: ending = .reset
        case .restart:
            say(ServerMessage.info(.restart))
            ending = .close(status: 1001)
        case .maintenance(let delay):
            say(ServerMessage.info(.maintenanceBegins))
            let end = now.plus(delay.milliseconds)
            maintenanceEnds = end
            shared.beginMaintenance(end)
        default: return
        }
    }

    /// After the newest row, an earlier state of it or of the interval before, where a fault wants that.
    private mutating func sendOldStates(besides row: ByteBuffer, on id: Int, at now: UnixMilliseconds) {
        guard ending == nil, !isStalled, maintenanceEnds == nil, let channel = channels[id], !channel.isStalled else {
            return
        }
        let series = channel.feed.series
        let first = newest(series, at: series.timeframe.floor(now))
        if let first, first != row, !shared.faults(.grownRow, channel.key).isEmpty { say(first, on: id, at: now) }
        let rows = visible(series, at: now)
        guard rows.count > 1 else { return }
        let halfway = rows.time(at: rows.count - 2) + series.timeframe.milliseconds / 2
        guard let late = newest(series, at: halfway), !shared.faults(.laterRow, channel.key).isEmpty else { return }
        say(late, on: id, at: now)
    }

    private func newest(_ series: Series, at time: UnixMilliseconds) -> ByteBuffer? {
        let rows = visible(series, at: time)
        return rows.count == 0 ? nil : rows.row(at: rows.count - 1)
    }

    private mutating func sayOversized(on id: Int, at now: UnixMilliseconds) {
        var payload = ByteBuffer(string: "\"")
        payload.writeImmutableBuffer(WebSocketSession.filler)
        payload.writeString("\"")
        say(payload, on: id, at: now)
    }

    /// `[CHANNEL,PAYLOAD]`, with the sequence number and the time where the client wants them.
    private mutating func say(_ payload: ByteBuffer, on id: Int, at now: UnixMilliseconds) {
        sequence += 1
        var frame = ByteBuffer(string: "[\(id),")
        frame.writeImmutableBuffer(payload)
        if flags & Flag.sequence != 0 { frame.writeString(",\(sequence)") }
        if flags & Flag.timestamp != 0 { frame.writeString(",\(now)") }
        frame.writeString("]")
        say(frame)
    }

    private mutating func say(_ text: String) { say(ByteBuffer(string: text)) }

    private mutating func say(_ text: ByteBuffer) {
        if ending == nil, !isStalled { texts.append(text) }
    }
}

extension ByteBuffer {
    fileprivate static func list(_ rows: [ByteBuffer]) -> ByteBuffer {
        var text = ByteBuffer(string: "[")
        for (index, row) in rows.enumerated() {
            if index > 0 { text.writeString(",") }
            text.writeImmutableBuffer(row)
        }
        text.writeString("]")
        return text
    }
}

extension JSONScalar {
    /// A channel's number may be written as a string.
    fileprivate var asInteger: JSONScalar? {
        if case .string(let text) = self { Int(text).map(JSONScalar.integer) } else { self }
    }
}
