package import Alerts

/// What people are told of a service.
package struct WatchdogAlerts: Sendable {
    /// The stable kinds, each of one severity.
    package enum Rule: String, Sendable, CaseIterable {
        case restarted = "service-restarted"
        case down = "service-down"
        case limit = "restart-limit"
        case unhealthy = "service-unhealthy"

        var severity: Severity { self == .restarted ? .warning : .critical }
    }

    package static let source = "watchdog"

    private let sink: any AlertSink
    private let service: WatchedService

    package init(_ sink: any AlertSink, _ service: WatchedService) {
        self.sink = sink
        self.service = service
    }

    package func raise(_ rule: Rule, _ message: String) async {
        await sink.raise(
            Alert(
                source: Self.source, rule: rule.rawValue, target: service.name, severity: rule.severity,
                message: message, hint: hint(rule)))
    }

    private static let unnoted = "watchdog-unnoted"

    /// The journal does not take what the watchdog did; of no service.
    static func raiseUnnoted(_ sink: any AlertSink, _ trouble: String) async {
        await sink.raise(
            Alert(
                source: source, rule: unnoted, severity: .critical,
                message:
                    "the journal does not take what the watchdog does; a restart is noted in STATE_DIR/restarts-unnoted, or not done: \(trouble)",
                hint: "see whether the disk is full with 'df -h', then run 'ops doctor'"))
    }

    /// Without the journal nobody knows what was restarted, and nothing is.
    package static func raiseBlind(_ sink: any AlertSink, _ trouble: String) async {
        await sink.raise(
            Alert(
                source: source, rule: unnoted, severity: .critical,
                message: "no service is looked after, since no restart could be noted: \(trouble)",
                hint: "see whether the disk is full with 'df -h', then run 'ops doctor'"))
    }

    static func resolveUnnoted(_ sink: any AlertSink) async {
        await sink.resolve(source: source, rule: unnoted, target: "", message: "restarts are noted again")
    }

    /// Resolves what was told.
    package func resolve(_ told: Set<String>) async {
        for rule in told.sorted() {
            await sink.resolve(
                source: Self.source, rule: rule, target: service.name, message: "\(service.name) is healthy again")
        }
    }

    private func hint(_ rule: Rule) -> String? {
        switch rule {
        case .restarted: "look for the cause in \(place)"
        case .down: "look for the cause in \(place); it is tried again until the limit of restarts"
        case .limit: "find the cause in \(place), mend it, then run 'ops watchdog reset \(service.name)'"
        case .unhealthy: "look at it with 'ops watchdog check \(service.name)', and in \(place)"
        }
    }

    private var place: String {
        if case .unit(let unit, let isOfUser) = service.control {
            return "'journalctl \(isOfUser ? "--user " : "")-u \(unit)'"
        }
        return service.log?.path ?? "its log"
    }
}
