package import Alerts
package import Candles
package import Journal
package import Scheduler

/// Tells the dead man's switch that this host lives, or what is critical on it.
package struct DeadManTask: Sendable {
    /// What is still so is raised again at least every hour.
    private static let memory: Int64 = 2 * 3_600_000

    private let journal: Journal
    private let ping: DeadMansSwitch<ContinuousClock>
    private let now: @Sendable () -> UnixMilliseconds

    package init(
        journal: Journal, ping: DeadMansSwitch<ContinuousClock>, now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.journal = journal
        self.ping = ping
        self.now = now
    }

    package func run() async throws -> TaskResult {
        let critical = try await journal.firingAlerts(since: now() - Self.memory)
            .filter { $0.severity == Severity.critical.rawValue }
        if critical.isEmpty { return await ping.ping() ? .done("pinged") : .idle("it was not heard") }
        return await ping.fail(critical.map(\.message).joined(separator: "\n"))
            ? .done("told of \(critical.count) critical alerts") : .idle("it was not heard")
    }
}
