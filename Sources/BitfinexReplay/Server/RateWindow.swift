package import Candles

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
