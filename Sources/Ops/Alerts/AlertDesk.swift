import Journal
package import Logging

/// Takes alerts in: clips them, finds the channels, and puts them into the queue; also for channels that other processes tell.
///
/// Where the journal cannot be used, they go into the queue of this process, so that a full disk silences nobody.
package struct AlertDesk: AlertSink {
    /// The source of alerts about channels, which the channel itself is not told.
    package static let source = "alerts"

    private let queues: AlertQueues
    private let logger: Logger

    package init(_ queues: AlertQueues, logger: Logger) {
        self.queues = queues
        self.logger = logger
    }

    package func raise(_ alert: Alert) async {
        let alert = alert.clipped
        let route = route(of: alert)
        defer { queues.bell.ring() }
        if let shared = queues.shared {
            do {
                return try await shared.raise(alert, to: route)
            } catch {
                logger.error("an alert was not noted in the journal", metadata: ["fault": "\(error)"])
            }
        }
        await queues.own.raise(alert, to: route)
    }

    package func resolve(source: String, rule: String, target: String, message: String) async {
        let alert = Alert(source: source, rule: rule, target: target, severity: .info, message: message).clipped
        defer { queues.bell.ring() }
        await queues.own.resolve(alert)
        do {
            try await queues.shared?.resolve(alert)
        } catch {
            logger.error("the end of an alert was not noted in the journal", metadata: ["fault": "\(error)"])
        }
    }

    /// A channel that another process has is told by that one.
    private func route(of alert: Alert) -> AlertRoute {
        let isTold = { (channel: any AlertChannel) in
            alert.severity >= channel.threshold && !(alert.source == Self.source && alert.target == channel.name)
        }
        let excluded = queues.channels.filter { !isTold($0) }.map(\.name)
        return AlertRoute(
            channels: queues.channels.filter(isTold).map(\.name),
            excluded: alert.source == Self.source ? excluded + [alert.target] : excluded)
    }
}
