package import Candles

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

/// The exchange's rate limit: a sliding minute by arrival, and a block after a breach.
package struct RateWindow: Sendable, Equatable {
    package enum Verdict: Sendable, Equatable {
        case admitted
        /// This request broke the limit.
        case breach
        case banned(until: UnixMilliseconds)
    }

    private static let window: Int64 = 60_000
    private var arrivals: [UnixMilliseconds] = []
    private var bannedUntil: UnixMilliseconds?

    package init() {}

    /// Judges one request; `limit` is nil where this kind of request has none.
    ///
    /// A request during the block neither counts nor prolongs it.
    package mutating func arrive(at now: UnixMilliseconds, limit: Int?, block: Duration) -> Verdict {
        if let bannedUntil, now < bannedUntil { return .banned(until: bannedUntil) }
        bannedUntil = nil
        guard let limit else { return .admitted }
        arrivals.removeAll { $0 <= now - RateWindow.window }
        arrivals.append(now)
        if arrivals.count <= limit { return .admitted }
        arrivals = []
        bannedUntil = now + block.milliseconds
        return .breach
    }
}

/// What the replay has seen since the start or the last reset: the reply of `GET /__stats`.
package struct ReplayStatistics: Codable, Sendable, Equatable {
    package struct Entry: Codable, Sendable, Equatable {
        /// When the request arrived.
        package var at: UnixMilliseconds
        package var method: String
        package var path: String
        package var query: String
        /// 0 where no reply was sent.
        package var status: Int
        package var rows: Int

        package init(
            at: UnixMilliseconds, method: String, path: String, query: String, status: Int, rows: Int
        ) {
            self.at = at
            self.method = method
            self.path = path
            self.query = query
            self.status = status
            self.rows = rows
        }
    }

    /// What was seen of `/ws/2`.
    package struct WebSocket: Codable, Sendable, Equatable {
        /// Upgrades that were granted.
        package var connections = 0
        /// Upgrades that were refused with 429.
        package var refused = 0
        package var openConnections = 0
        package var subscriptions = 0
        /// Text frames sent.
        package var frames = 0
        /// How often each fault struck, by name.
        package var faults: [String: Int] = [:]

        package init() {}
    }

    private static let mostEntries = 20_000

    /// All requests below `/v2`, refused ones included.
    package var requests = 0
    package var candleRequests = 0
    /// Breaches of the rate limit.
    package var rateLimited = 0
    /// Requests made while blocked.
    package var duringBan = 0
    package var rows = 0
    package var bytes = 0
    package var maxInFlight = 0
    /// The newest 20,000 at most, in the order of their replies.
    package var log: [Entry] = []

    package var webSocket = WebSocket()

    package init() {}

    mutating func append(_ entry: Entry, bytes sent: Int) {
        rows += entry.rows
        bytes += sent
        // Dropped in bulk, since each removal at the front moves all the others.
        if log.count >= ReplayStatistics.mostEntries { log.removeFirst(ReplayStatistics.mostEntries / 10) }
        log.append(entry)
    }
}
