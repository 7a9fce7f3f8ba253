import CommandRuntime
import Foundation
import Logging
import Ops

/// How people are told.
extension Composition {
    /// Every channel that is configured; the log file is always among them.
    func alertChannels() -> [any AlertChannel] {
        [LogFileChannel(folder: alertLogs, retention: .seconds(settings.logs.rotationDays * 86_400), now: Self.now)]
    }

    /// Without a journal where it cannot be opened: an alert matters more.
    func alertQueues() -> AlertQueues {
        AlertQueues(journal: try? journal(), channels: alertChannels(), rules: DeliveryRules(), now: Self.now)
    }

    func alertDesk(_ queues: AlertQueues) -> AlertDesk { AlertDesk(queues, logger: alertLogger) }

    func alertCourier(_ queues: AlertQueues) -> AlertCourier<ContinuousClock> {
        AlertCourier(
            queues, clock: ContinuousClock(), monotonicNow: Self.monotonicNow, environment: settings.alerts.environment,
            host: ProcessInfo.processInfo.hostName, logger: alertLogger)
    }

    /// Milliseconds of the clock that all processes of the host share.
    static let monotonicNow: @Sendable () -> Int64 = { Int64(ProcessInfo.processInfo.systemUptime * 1000) }

    private var alertLogs: URL { settings.logs.folder.appending(path: "alerts", directoryHint: .isDirectory) }

    private var alertLogger: Logger {
        Logger(label: "ops.alerts") { StreamLogHandler.standardError(label: $0) }
    }
}
