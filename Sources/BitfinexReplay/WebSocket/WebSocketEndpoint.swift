import Foundation
import NIOConcurrencyHelpers
import NIOCore

/// `/ws/2`: who may connect, and what each connection is served from.
struct WebSocketEndpoint: Sendable {
    static let path = "/ws/2"
    /// A client that leaves more than this unread is cut off.
    static let outboundBounds = ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 20, high: 4 << 20)

    let market: ReplayMarket
    let settings: ReplaySettings
    let clock: ReplayClock
    let state: NIOLockedValueBox<ReplayState>
    private let serverID = UUID().uuidString.lowercased()

    init(market: ReplayMarket, settings: ReplaySettings, clock: ReplayClock, state: NIOLockedValueBox<ReplayState>) {
        self.market = market
        self.settings = settings
        self.clock = clock
        self.state = state
    }

    /// Judges one upgrade: nil where it is granted, else the reply.
    func refusal(of uri: String) -> ReplayReply? {
        let path = String(uri.prefix { $0 != "?" })
        guard path == WebSocketEndpoint.path else { return .cannotGet(path) }
        let now = clock.now()
        let isAdmitted = state.withLockedValue { $0.admitsUpgrade(at: now, limit: settings.connectionLimit) }
        return isAdmitted ? nil : ErrorReply.rateLimited.reply(retryAfter: nil)
    }

    /// Serves one connection to its end.
    func serve(_ channel: UpgradableChannel.WebSocket) async {
        state.withLockedValue { state in
            state.statistics.webSocket.connections += 1
            state.statistics.webSocket.openConnections += 1
        }
        defer { state.withLockedValue { $0.statistics.webSocket.openConnections -= 1 } }
        let session = WebSocketSession(
            market: market, settings: settings, shared: .init(state), at: clock.now())
        await WebSocketConnection(
            channel: channel, session: NIOLockedValueBox(session), clock: clock, interval: settings.updateInterval,
            countFrames: { [state] count in state.withLockedValue { $0.statistics.webSocket.frames += count } }
        ).run(serverID: serverID)
    }
}

/// What a session asks of the server's common state.
struct SharedState: Sendable {
    let faults: @Sendable (WebSocketFault.Occasion, _ key: String) -> [WebSocketFault]
    let nextChannelID: @Sendable () -> Int
    let beginMaintenance: @Sendable (_ until: Int64) -> Void
    let isInMaintenance: @Sendable (_ at: Int64) -> Bool

    init(_ state: NIOLockedValueBox<ReplayState>) {
        faults = { occasion, key in state.withLockedValue { $0.webSocketFaults(on: occasion, key) } }
        nextChannelID = { state.withLockedValue { $0.nextChannelID() } }
        beginMaintenance = { end in state.withLockedValue { $0.beginMaintenance(until: end) } }
        isInMaintenance = { now in state.withLockedValue { $0.isInMaintenance(at: now) || $0.faults.saysMaintenance } }
    }
}
