import Alerts
import CommandRuntime
import Foundation
import Journal
import Logging
import Logs

/// How people are told.
extension Composition {
    /// Who is told of alerts, and how often; the log file is always among them.
    ///
    /// Without a journal where it cannot be opened: an alert matters more.
    ///
    /// - Throws: `AlertConfigurationFault`.
    func alertQueues(logger: Logger? = nil) throws -> AlertQueues {
        let file = try alertFile.read()
        let journal = try? journal()
        let log = LogFileChannel(
            folder: alertLogs, retention: .seconds(file.logRetentionDays * 86_400), now: Self.now,
            ages: { try? await journal?.agesNow(evidence: $0) })
        let people = try peopleChannels(file, journal: journal, logger: logger ?? commandLogger)
        return AlertQueues(
            journal: journal, channels: [log] + people, rules: DeliveryRules(file),
            marks: ToldMarks(in: settings.stateFolder), now: Self.now)
    }

    func alertDesk(_ queues: AlertQueues, logger: Logger? = nil) -> AlertDesk {
        AlertDesk(queues, logger: logger ?? commandLogger)
    }

    func alertCourier(_ queues: AlertQueues, logger: Logger? = nil) -> AlertCourier<ContinuousClock> {
        AlertCourier(
            queues, clock: ContinuousClock(), monotonicNow: Self.monotonicNow, environment: settings.alerts.environment,
            host: ProcessInfo.processInfo.hostName, logger: logger ?? commandLogger,
            breaker: { [breakers = settings.breakers] channel in
                channel == "email" ? breakers.of(channel, slowCall: BreakerSettings.longCall) : breakers.of(channel)
            })
    }

    private var alertLogs: URL { settings.logs.folder.appending(path: "alerts", directoryHint: .isDirectory) }

    /// Of a command that a person runs: what goes wrong with a channel appears on stderr.
    var commandLogger: Logger {
        let level = Logger.Level(rawValue: settings.logs.level) ?? .info
        return StandardError().logger("alerts", level: level == .debug ? level : max(level, .warning))
    }
}

extension DeliveryRules {
    /// The intervals that the file says.
    init(_ file: AlertConfiguration) {
        let standard = DeliveryRules()
        self.init(
            info: file.intervals[.info] ?? standard.info, warning: file.intervals[.warning] ?? standard.warning,
            critical: file.intervals[.critical] ?? standard.critical)
    }
}
