package import Candles
import Journal
import Resilience

/// The queue of this process alone, for as long as the journal cannot be used: the same rules, and what a full disk lets through.
package actor MemoryAlertQueue: AlertQueue {
    private static let limit = 1000

    private let rules: DeliveryRules
    private let marks: ToldMarks?
    private let now: @Sendable () -> UnixMilliseconds
    private var alerts: [String: AlertEntry] = [:]
    private var rows: [String: [String: AlertDelivery]] = [:]

    /// `marks`: what other processes told of late; nil where nothing is kept.
    package init(rules: DeliveryRules, marks: ToldMarks? = nil, now: @escaping @Sendable () -> UnixMilliseconds) {
        self.rules = rules
        self.marks = marks
        self.now = now
    }

    package func raise(_ alert: Alert, to route: AlertRoute) {
        let now = now()
        let newer = AlertEntry(alert, at: now)
        let entry = alerts[newer.key]?.raised(again: newer) ?? newer
        alerts[entry.key] = entry
        for channel in route.channels where !isTold(alert, on: channel, at: now) {
            var row = rows[entry.key]?[channel] ?? AlertDelivery(key: entry.key, channel: channel)
            _ = rules.raised(&row, alert.severity, message: alert.message, hint: alert.hint, at: now)
            rows[entry.key, default: [:]][channel] = row
        }
        if alerts.count > Self.limit { forget(but: entry.key) }
    }

    /// Whether another process told it within its window; what this one told is in its rows.
    private func isTold(_ alert: Alert, on channel: String, at now: UnixMilliseconds) -> Bool {
        let key = alert.key.description
        guard rows[key]?[channel] == nil,
            let told = marks?.time(of: key, on: channel, atLeast: alert.severity.rawValue)
        else { return false }
        return told <= now && now.minus(told) < rules.window(alert.severity).milliseconds
    }

    package func resolve(_ alert: Alert) {
        let key = alert.key.description
        guard alerts[key] != nil, alerts[key]?.resolvedAt == nil else { return }
        let now = now()
        alerts[key]?.resolvedAt = now
        for channel in (rows[key] ?? [:]).keys {
            guard var row = rows[key]?[channel] else { continue }
            _ = rules.resolved(&row, message: alert.message, at: now)
            rows[key]?[channel] = row
        }
    }

    package func take(for channel: any AlertChannel) -> AlertDispatch? {
        let now = now()
        let last = now + rules.longestHold.milliseconds
        let due = rows.values.compactMap { $0[channel.name] }.filter { row in
            row.pending != nil && row.startedAt == nil && (row.notBefore <= now || row.notBefore > last)
        }
        guard var row = due.min(by: Self.comesBefore), let alert = alerts[row.key] else { return nil }
        row.begin(at: now)
        rows[row.key]?[channel.name] = row
        return AlertDispatch(delivery: row, alert: alert)
    }

    package func end(_ dispatch: AlertDispatch, _ end: DeliveryEnd) {
        let attempt = dispatch.delivery
        guard var row = rows[attempt.key]?[attempt.channel] else { return }
        rules.ended(&row, attempt, end, at: now())
        if case .delivered = end, let firing = attempt.pending, firing.kind == .firing {
            marks?.note(attempt.key, on: attempt.channel, firing.severity)
        }
        rows[attempt.key]?[attempt.channel] = row
    }

    private static func comesBefore(_ left: AlertDelivery, _ right: AlertDelivery) -> Bool {
        guard let first = left.pending, let second = right.pending else { return left.pending != nil }
        return (-first.severity, first.since, left.key) < (-second.severity, second.since, right.key)
    }

    /// Lets go what matters least, and of that the oldest; nothing critical.
    private func forget(but newest: String) {
        let least = alerts.values.filter { $0.key != newest && $0.severity < Severity.critical.rawValue }
            .min { ($0.severity, $0.lastAt) < ($1.severity, $1.lastAt) }
        guard let least else { return }
        alerts[least.key] = nil
        rows[least.key] = nil
    }
}
