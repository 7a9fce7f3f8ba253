package import Candles

/// What one WebSocket connection should do, from its greeting to its end.
///
/// Pure: frames and the time go in, actions come out. Times are milliseconds.
package struct StreamSession: Sendable {
    package enum Action: Sendable, Equatable {
        case send(String)
        case deliver(Series, [Candle])
        /// The channel of a series gives its candles from here on.
        case live(Series)
        /// The channel of a series gives nothing until it is live again.
        case lost(Series, ChannelLoss)
        /// The connection is of no use any more.
        case end(SessionEnd)
    }

    private enum ChannelState: Sendable, Equatable {
        /// Nothing was asked for yet, or it is asked for again at `at`.
        case waiting(until: Int64)
        case asked(at: Int64)
        case live(id: Int, heardAt: Int64)
    }

    private let limits: StreamLimits
    private var channels: [Series: ChannelState]
    private var series: [Int: Series] = [:]
    private var lastSequence: Int?
    private var heardAt: Int64
    private var isGreeted = false
    private var maintenanceSince: Int64?
    private var pingedAt: Int64
    private var awaitsPong = false
    private var pings = 0

    package init(_ series: [Series], limits: StreamLimits = StreamLimits(), at now: Int64) {
        self.limits = limits
        channels = Dictionary(series.map { ($0, .waiting(until: .min)) }) { first, _ in first }
        heardAt = now
        pingedAt = now
    }

    /// Series whose channel is heard, each with the time at which it was heard last.
    package var live: [Series: Int64] {
        channels.compactMapValues { if case .live(_, let heardAt) = $0 { heardAt } else { nil } }
    }

    package mutating func receive(_ frame: StreamFrame, at now: Int64) -> [Action] {
        heardAt = now
        switch frame {
        case .info(let code, let isOperative): return inform(code, isOperative, now)
        case .subscribed(let channel, let key): return acknowledge(channel, key, now)
        case .unsubscribed(let channel): series[channel] = nil
        case .pong: awaitsPong = false
        case .error(let code, let message, _, _) where code == 11010 || RateLimit.isTold(in: message.utf8):
            return [.end(.rateLimited)]
        case .error(10301, _, let key?, let channel?): return acknowledge(channel, key, now)
        case .error(let code, let message, let key, _): return refuse(code, message, key, now)
        case .data(let channel, let payload, let sequence):
            if let end = count(sequence) { return [.end(end)] }
            return take(payload, of: channel, now)
        case .unknown: break
        }
        return []
    }

    /// What is due by the clock; to be asked every second or so.
    package mutating func tick(at now: Int64) -> [Action] {
        if let since = maintenanceSince {
            return now - since > limits.maintenance ? [.end(.maintenanceTooLong(seconds: (now - since) / 1000))] : []
        }
        if now - heardAt > limits.socketSilence { return [.end(.silent(seconds: (now - heardAt) / 1000))] }
        guard isGreeted else { return [] }
        if awaitsPong, now - pingedAt > limits.pong { return [.end(.noPong)] }
        return ping(now) + channels.keys.sorted().flatMap { attend($0, now) }
    }

    /// Asks for a channel anew: what it gives is in doubt.
    package mutating func resubscribe(_ wanted: Series, because loss: ChannelLoss, at now: Int64) -> [Action] {
        guard case .live(let id, _)? = channels[wanted] else { return [] }
        series[id] = nil
        channels[wanted] = .waiting(until: now)
        return [.lost(wanted, loss), .send(#"{"event":"unsubscribe","chanId":\#(id)}"#)] + attend(wanted, now)
    }

    private mutating func inform(_ code: Int?, _ isOperative: Bool?, _ now: Int64) -> [Action] {
        switch code {
        case 20051: return [.end(.restart)]
        case 20060:
            maintenanceSince = now
            return channels.keys.sorted().filter { isLive($0) }.map { .lost($0, .maintenance) }
        case 20061: return [.end(.maintenanceOver)]
        default: break
        }
        guard let isOperative else { return [] }
        if isGreeted { return isOperative && maintenanceSince != nil ? [.end(.maintenanceOver)] : [] }
        isGreeted = true
        maintenanceSince = isOperative ? nil : now
        return [.send(#"{"event":"conf","flags":98304}"#)] + (isOperative ? tick(at: now) : [])
    }

    private func isLive(_ wanted: Series) -> Bool {
        if case .live? = channels[wanted] { true } else { false }
    }

    /// Numbers are of the connection, one after the other: anything else means that frames were lost, or came twice.
    private mutating func count(_ sequence: Int?) -> SessionEnd? {
        guard let sequence else { return nil }
        defer { lastSequence = sequence }
        // What follows the largest number is not one that any frame may have.
        guard let last = lastSequence, sequence != last &+ 1 || last == .max else { return nil }
        return .sequence(expected: last &+ 1, found: sequence)
    }

    private mutating func acknowledge(_ id: Int, _ key: String, _ now: Int64) -> [Action] {
        guard let wanted = channels.keys.first(where: { $0.streamKey == key }) else { return [] }
        if case .live(let old, _)? = channels[wanted] { series[old] = nil }
        series[id] = wanted
        channels[wanted] = .live(id: id, heardAt: now)
        return [.live(wanted)]
    }

    private mutating func refuse(_ code: Int, _ message: String, _ key: String?, _ now: Int64) -> [Action] {
        // An unknown subscription to give up needs nothing.
        guard code != 10400, let wanted = channels.keys.first(where: { $0.streamKey == key }) else {
            return []
        }
        if isLive(wanted) { return [] }
        channels[wanted] = .waiting(until: now + limits.refusal)
        return [.lost(wanted, .refused(code: code, message: message))]
    }

    /// A channel that is not known is one that was given up, or whose answer is still on its way.
    private mutating func take(_ payload: StreamFrame.Payload, of id: Int, _ now: Int64) -> [Action] {
        guard let wanted = series[id] else { return [] }
        channels[wanted] = .live(id: id, heardAt: now)
        switch payload {
        case .heartbeat, .unreadable: return []
        case .snapshot(let rows): return [.deliver(wanted, rows.sorted { $0.openTime < $1.openTime })]
        case .update(let row): return [.deliver(wanted, [row])]
        }
    }

    private mutating func ping(_ now: Int64) -> [Action] {
        guard !awaitsPong, now - pingedAt >= limits.pingInterval else { return [] }
        pingedAt = now
        awaitsPong = true
        pings += 1
        return [.send(#"{"event":"ping","cid":\#(pings)}"#)]
    }

    private mutating func attend(_ wanted: Series, _ now: Int64) -> [Action] {
        switch channels[wanted] {
        case .waiting(let time)? where time <= now:
            channels[wanted] = .asked(at: now)
            return [.send(#"{"event":"subscribe","channel":"candles","key":"\#(wanted.streamKey)"}"#)]
        case .asked(let time)? where now - time > limits.acknowledgement:
            channels[wanted] = .waiting(until: now)
            return [.lost(wanted, .notAcknowledged)] + attend(wanted, now)
        case .live(_, let heardAt)? where now - heardAt > limits.channelSilence:
            return resubscribe(wanted, because: .silent(seconds: (now - heardAt) / 1000), at: now)
        default: return []
        }
    }
}

extension Series {
    /// How the stream names it: `trade:1m:tBTCUSD`.
    package var streamKey: String { "trade:\(timeframe):\(symbol.exchangeName)" }
}

/// How long the stream waits for what, in milliseconds, and how much it asks of one connection.
///
/// - Source: <https://docs.bitfinex.com/docs/ws-general>: heartbeats come every 15 s on every channel, maintenance takes "120
///   seconds at most", 25 channels a connection.
package struct StreamLimits: Sendable, Equatable {
    package var channelsPerSocket = 25
    /// Two heartbeats missed and a little.
    package var socketSilence: Int64 = 35_000
    package var channelSilence: Int64 = 45_000
    package var maintenance: Int64 = 150_000
    package var acknowledgement: Int64 = 10_000
    package var pingInterval: Int64 = 20_000
    package var pong: Int64 = 7_000
    /// After a refusal of one channel.
    package var refusal: Int64 = 60_000
    package var handshake: Int64 = 15_000

    package init() {}
}

/// Why a connection that is open is given up.
package enum SessionEnd: Error, Sendable, Equatable, CustomStringConvertible {
    /// The exchange restarts its servers.
    case restart
    /// It was asked for too much, and this address is banned for a while.
    case rateLimited
    case maintenanceOver
    case maintenanceTooLong(seconds: Int64)
    case silent(seconds: Int64)
    case noPong
    case sequence(expected: Int, found: Int)

    package var description: String {
        switch self {
        case .rateLimited: "the exchange says that it was asked for too much"
        case .restart: "the exchange restarts its servers"
        case .maintenanceOver: "the exchange's maintenance is over"
        case .maintenanceTooLong(let seconds): "the exchange's maintenance has no end after \(seconds) s"
        case .silent(let seconds): "nothing came for \(seconds) s"
        case .noPong: "a ping was not answered"
        case .sequence(let expected, let found): "frame \(found) came instead of \(expected)"
        }
    }
}

/// Why a channel gives nothing.
package enum ChannelLoss: Sendable, Equatable, CustomStringConvertible {
    case maintenance
    case silent(seconds: Int64)
    case notAcknowledged
    case refused(code: Int, message: String)
    /// Prices changed elsewhere, and the channel said nothing.
    case stale
    case connection

    package var description: String {
        switch self {
        case .maintenance: "the exchange is in maintenance"
        case .silent(let seconds): "nothing came for \(seconds) s"
        case .notAcknowledged: "the subscription was not answered"
        case .refused(let code, let message): "the subscription was refused: \(message) (\(code))"
        case .stale: "the price changed and no candle came"
        case .connection: "the connection ended"
        }
    }
}
