import Candles

/// What changes while the replay runs.
struct ReplayState: Sendable {
    var statistics = ReplayStatistics()
    var faults = FaultScript()
    private var window = RateWindow()
    private var inFlight = 0
    private var upgrades = RateWindow()
    private var lastChannelID = 343_350
    private var maintenanceEnds = UnixMilliseconds.min

    /// Counts a request, and says whether it may be answered and which faults it meets.
    mutating func arrive(
        _ request: ArrivedRequest, settings: ReplaySettings
    ) -> (verdict: RateWindow.Verdict, faults: [FaultEffect]) {
        statistics.requests += 1
        statistics.candleRequests += request.isForCandles ? 1 : 0
        inFlight += 1
        statistics.maxInFlight = max(statistics.maxInFlight, inFlight)
        let limit = request.isForCandles ? settings.rateLimit : nil
        let verdict = window.arrive(at: request.at, limit: limit, block: settings.block)
        switch verdict {
        case .admitted: return (verdict, faults.effects(on: request.target))
        case .breach: statistics.rateLimited += 1
        case .banned: statistics.duringBan += 1
        }
        return (verdict, [])
    }

    mutating func leave() { inFlight -= 1 }

    /// Whether a WebSocket may be opened.
    mutating func admitsUpgrade(at now: UnixMilliseconds, limit: Int?) -> Bool {
        let isRefused = !webSocketFaults(on: .upgrade, "").isEmpty
        let verdict = upgrades.arrive(at: now, limit: limit, block: .seconds(60))
        if !isRefused, verdict == .admitted { return true }
        statistics.webSocket.refused += 1
        return false
    }

    /// The faults that strike, counted.
    mutating func webSocketFaults(on occasion: WebSocketFault.Occasion, _ key: String) -> [WebSocketFault] {
        let struck = faults.webSocketFaults(on: occasion, key)
        for fault in struck { statistics.webSocket.faults[fault.name, default: 0] += 1 }
        return struck
    }

    mutating func nextChannelID() -> Int {
        lastChannelID += 1
        statistics.webSocket.subscriptions += 1
        return lastChannelID
    }

    mutating func beginMaintenance(until end: UnixMilliseconds) { maintenanceEnds = max(maintenanceEnds, end) }

    func isInMaintenance(at now: UnixMilliseconds) -> Bool { now < maintenanceEnds }

    /// Forgets counts, faults and blocks, but not the requests that are being answered, nor open connections.
    mutating func reset() {
        let open = statistics.webSocket.openConnections
        statistics = ReplayStatistics()
        statistics.webSocket.openConnections = open
        upgrades = RateWindow()
        maintenanceEnds = .min
        faults = FaultScript()
        window = RateWindow()
    }
}

/// A request below `/v2` as it arrived.
struct ArrivedRequest: Sendable {
    let at: UnixMilliseconds
    let method: String
    let path: String
    let query: String

    var isForCandles: Bool { path.hasPrefix("/v2/candles/") }
    /// What a fault's `path` is looked for in.
    var target: String { query.isEmpty ? path : "\(path)?\(query)" }
}
