/// How well the machine is.
package enum HealthStatus: String, Sendable, Comparable, Codable, CaseIterable {
    case healthy
    /// It does its work, but a person should look.
    case degraded
    /// It cannot do its work, or soon will not.
    case unhealthy

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .healthy: 0
        case .degraded: 1
        case .unhealthy: 2
        }
    }

    /// The fixed word that a keyword monitor looks for; no other of these is ever on the same page.
    package var keyword: String {
        switch self {
        case .healthy: "STATUS:OK"
        case .degraded: "STATUS:DEGRADED"
        case .unhealthy: "STATUS:UNHEALTHY"
        }
    }
}

/// One thing that is not as it should be.
package struct HealthFinding: Sendable, Equatable, Codable {
    /// What was looked at, as in `disk` or `series BTCUSD-1m`.
    package let check: String
    package let status: HealthStatus
    package let value: String
    package let limit: String

    package init(check: String, status: HealthStatus, value: String, limit: String) {
        self.check = check
        self.status = status
        self.value = value
        self.limit = limit
    }

    /// In words.
    package var sentence: String { "\(check): \(value); \(limit)" }
}
