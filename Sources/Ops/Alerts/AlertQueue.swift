import Journal

/// What is still to be told, by channel.
package protocol AlertQueue: Sendable {
    func raise(_ alert: Alert, to route: AlertRoute) async throws
    /// Says that it is over, whatever it says besides.
    func resolve(_ alert: Alert) async throws
    /// What a channel is to be told next; nil where there is nothing now.
    func take(for channel: any AlertChannel) async throws -> AlertDispatch?
    /// How it ended.
    func end(_ dispatch: AlertDispatch, _ end: DeliveryEnd) async throws
}

/// One message on its way to one channel.
package struct AlertDispatch: Sendable, Equatable {
    package let delivery: AlertDelivery
    package let alert: AlertEntry

    /// What is to be said; nil where nothing is.
    package func notice(environment: String?, host: String) -> AlertNotice? {
        guard let pending = delivery.pending else { return nil }
        return AlertNotice(
            kind: pending.kind,
            alert: Alert(
                source: alert.source, rule: alert.rule, target: alert.target,
                severity: Severity(rawValue: pending.severity) ?? .critical, message: pending.message,
                hint: pending.hint), key: alert.key, firstAt: alert.firstAt, lastAt: alert.lastAt,
            suppressed: delivery.folded, environment: environment, host: host)
    }
}
