package import Alerts
package import Journal
import NIOConcurrencyHelpers
import Resilience
package import Scheduler

/// Tells people of circuit breakers that open and close, whichever process asked them.
package struct BreakerWatch: Sendable {
    private static let source = "breakers"
    private static let rule = "breaker-open"

    private let journal: Journal
    private let alerts: any AlertSink
    /// The entry of the history up to which people know; nil before the first look.
    private let seen = NIOLockedValueBox<Int64?>(nil)

    package init(journal: Journal, alerts: any AlertSink) {
        self.journal = journal
        self.alerts = alerts
    }

    package func run() async throws -> TaskResult {
        guard let last = seen.withLockedValue(\.self) else { return try await begin() }
        let changes = try await journal.breakerEvents(after: last)
        for change in changes { await tell(change.name, change.kind) }
        if let newest = changes.last { seen.withLockedValue { $0 = newest.id } }
        return changes.isEmpty ? .idle("no breaker changed") : .done("\(changes.count) changes of breakers")
    }

    /// At first only what is open now matters.
    private func begin() async throws -> TaskResult {
        let newest = try await journal.newestBreakerEvent()
        let breakers = try await journal.breakers()
        for breaker in breakers { await tell(breaker.name, breaker.state.phase.rawValue) }
        seen.withLockedValue { $0 = newest }
        return .done("\(breakers.count) breakers")
    }

    private func tell(_ name: String, _ kind: String) async {
        switch kind {
        case CircuitBreakerPhase.open.rawValue, CircuitBreakerPhase.forcedOpen.rawValue:
            await alerts.raise(
                Alert(
                    source: Self.source, rule: Self.rule, target: name, severity: .warning,
                    message: "calls to \(name) are held back, since too many failed",
                    hint: "look at 'ops breakers'; it tries again by itself"))
        case CircuitBreakerPhase.closed.rawValue, "reset":
            await alerts.resolve(
                source: Self.source, rule: Self.rule, target: name, message: "calls to \(name) work again")
        default: break
        }
    }
}
