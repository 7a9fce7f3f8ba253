import Candles

/// What changes while the replay runs.
struct ReplayState: Sendable {
    var statistics = ReplayStatistics()
    var faults = FaultScript()
    private var window = RateWindow()
    private var inFlight = 0

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

    /// Forgets counts, faults and blocks, but not the requests that are being answered.
    mutating func reset() {
        statistics = ReplayStatistics()
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
