package import Candles

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
