package import Journal

/// The queue on disk, which all processes of the host share and no restart forgets.
package struct JournalAlertQueue: AlertQueue {
    private let journal: Journal
    private let rules: DeliveryRules

    package init(_ journal: Journal, rules: DeliveryRules) {
        self.journal = journal
        self.rules = rules
    }

    package func raise(_ alert: Alert, to route: AlertRoute) async throws {
        try await journal.raiseAlert(
            route, critical: Severity.critical.rawValue, unsilenced: LogFileChannel.name, earlier: alert.earlier,
            { AlertEntry(alert, at: $0) },
            rule: { [rules] row, isSilenced, now in
                rules.raised(
                    &row, alert.severity, message: alert.message, hint: alert.hint, silenced: isSilenced, at: now)
            })
    }

    package func resolve(_ alert: Alert) async throws {
        try await journal.resolveAlert(alert.key.description, message: alert.message, earlier: alert.earlier) {
            [rules] row, _, now in rules.resolved(&row, message: alert.message, at: now)
        }
    }

    /// Puts back what a silence that ended kept from the channels.
    package func endSilences() async throws {
        try await journal.endSilences { [rules] alert in
            { row, _, now in
                rules.raised(
                    &row, Severity(rawValue: alert.severity) ?? .critical, message: alert.message, hint: alert.hint,
                    at: now)
            }
        }
    }

    package func take(for channel: any AlertChannel) async throws -> AlertDispatch? {
        try await journal.takeAlert(
            for: channel.name, configuration: channel.configuration, longestHold: rules.longestHold,
            isTold: { [rules] in rules.abandoned(&$0, at: $1) }
        ).map { AlertDispatch(delivery: $0.delivery, alert: $0.alert) }
    }

    package func end(_ dispatch: AlertDispatch, _ end: DeliveryEnd) async throws {
        let attempt = dispatch.delivery
        try await journal.recordAlert(attempt.key, channel: attempt.channel) { [rules] row, now in
            rules.ended(&row, attempt, end, at: now)
        }
    }
}

extension Alert {
    /// As version 0.5 and those before it kept it; nil where that is the same.
    fileprivate var earlier: EarlierAlert? {
        let alert = clipped
        let key = AlertKey.earlier(source: alert.source, rule: alert.rule, target: alert.target)
        return key == alert.key.description
            ? nil : EarlierAlert(key: key, source: alert.source, rule: alert.rule, target: alert.target)
    }
}

extension AlertEntry {
    init(_ alert: Alert, at now: Int64) {
        self.init(
            key: alert.key.description, source: alert.source, rule: alert.rule, target: alert.target,
            severity: alert.severity.rawValue, message: alert.message, hint: alert.hint, at: now)
    }
}
