package import Alerts
package import Candles
import Host
package import Journal
package import Scheduler

/// Says when a unit of ours that failed works again, and, while it does not, that it still is so.
///
/// Whoever was told of the failure, mostly by `systemd/tell-of-failure`, hears the end from here.
package struct UnitWatch: Sendable {
    package static let source = "systemd"
    package static let rule = "unit-failed"
    /// A failure is told again after so long, not each time that it is looked at.
    private static let reminder: Int64 = 3_600_000
    private static let memory: Int64 = 30 * 86_400_000

    private let journal: Journal
    private let now: @Sendable () -> UnixMilliseconds
    private let alerts: any AlertSink
    private let failed: @Sendable () async throws -> [String]?

    /// `failed` names the units that failed; nil where systemd does not answer.
    package init(
        journal: Journal, alerts: any AlertSink, now: @escaping @Sendable () -> UnixMilliseconds,
        failed: @escaping @Sendable () async throws -> [String]? = Self.failedUnits
    ) {
        self.journal = journal
        self.now = now
        self.alerts = alerts
        self.failed = failed
    }

    package func run() async throws -> TaskResult {
        guard let failed = try await failed() else { return .idle("the user's systemd does not answer") }
        let known = try await journal.firingAlerts(since: now() - Self.memory)
            .filter { $0.source == Self.source && $0.rule == Self.rule }
        for alert in known where !failed.contains(alert.target) {
            await alerts.resolve(
                source: Self.source, rule: Self.rule, target: alert.target, message: "\(alert.target) works again")
        }
        for unit in failed {
            let last = known.first { $0.target == unit }?.lastAt ?? 0
            if now() - last >= Self.reminder { await alerts.raise(Self.alert(unit)) }
        }
        return failed.isEmpty ? .done("no unit of ours failed") : .done("failed: \(failed.joined(separator: ", "))")
    }

    private static func alert(_ unit: String) -> Alert {
        Alert(
            source: source, rule: rule, target: unit, severity: .critical, message: "\(unit) failed",
            hint: "look at 'systemctl --user status \(unit)' and 'journalctl --user -u \(unit)'")
    }

    /// Our units of the user's systemd.
    package static func failedUnits() async throws -> [String]? {
        try await Systemctl().ourUnits("--failed")?.compactMap(\.first)
    }
}
