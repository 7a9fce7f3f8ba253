/// How much an alert matters.
package enum Severity: Int, Sendable, Comparable, CaseIterable {
    /// Routine.
    case info = 0
    /// Worse than it should be; nothing is lost yet.
    case warning = 1
    /// A person must act.
    case critical = 2

    package static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }

    /// As it is written everywhere.
    package var name: String {
        switch self {
        case .info: "info"
        case .warning: "warning"
        case .critical: "critical"
        }
    }

    /// Of what the journal holds, which another version may have written.
    package init(nearest value: Int) { self = Self(rawValue: min(max(value, 0), Self.critical.rawValue)) ?? .info }

    package init?(name: String) {
        guard let severity = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = severity
    }
}
