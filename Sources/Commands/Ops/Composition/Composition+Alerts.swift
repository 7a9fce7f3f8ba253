import CommandRuntime
import Foundation
import Logging
import Ops

/// How people are told.
extension Composition {
    /// Who is told of alerts, and how often; the log file is always among them.
    ///
    /// Without a journal where it cannot be opened: an alert matters more.
    ///
    /// - Throws: `AlertConfigurationFault`.
    func alertQueues(logger: Logger = Self.commandLogger) throws -> AlertQueues {
        let file = try alertFile.read()
        let journal = try? journal()
        let log = LogFileChannel(
            folder: alertLogs, retention: .seconds(file.logRetentionDays * 86_400), now: Self.now)
        let people = try peopleChannels(file, journal: journal, logger: logger)
        return AlertQueues(journal: journal, channels: [log] + people, rules: DeliveryRules(file), now: Self.now)
    }

    func alertDesk(_ queues: AlertQueues, logger: Logger = Self.commandLogger) -> AlertDesk {
        AlertDesk(queues, logger: logger)
    }

    func alertCourier(_ queues: AlertQueues, logger: Logger = Self.commandLogger) -> AlertCourier<ContinuousClock> {
        AlertCourier(
            queues, clock: ContinuousClock(), monotonicNow: Self.monotonicNow, environment: settings.alerts.environment,
            host: ProcessInfo.processInfo.hostName, logger: logger,
            breaker: { [breakers = settings.breakers] channel in
                channel == "email" ? breakers.of(channel, slowCall: BreakerSettings.longCall) : breakers.of(channel)
            })
    }

    private var alertLogs: URL { settings.logs.folder.appending(path: "alerts", directoryHint: .isDirectory) }

    /// Of a command that a person runs: what goes wrong with a channel appears on stderr.
    static var commandLogger: Logger {
        var logger = Logger(label: "ops.alerts") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
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
