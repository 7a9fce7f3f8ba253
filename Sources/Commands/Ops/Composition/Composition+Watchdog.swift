import Alerts
import CommandRuntime
import Foundation
import Journal
import Logs
import Transport
import Watchdog

extension Composition {
    /// What the file names; without a file those of our own services that are enabled.
    ///
    /// - Throws: `WatchdogFault.file`.
    func watchedServices() async throws -> [WatchedService] {
        if let services = try watchdogFile() { return services }
        return try await ownServices()
    }

    /// Nil where there is no file.
    ///
    /// - Throws: `WatchdogFault.file`.
    func watchdogFile() throws -> [WatchedService]? {
        let file = settings.watchdog.file
        guard FileManager.default.fileExists(atPath: file.path) else {
            if settings.watchdog.isFileNamed {
                throw WatchdogFault.file(path: file.path, problems: ["it is not there; WATCHDOG_CONFIG names it"])
            }
            return nil
        }
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw WatchdogFault.file(path: file.path, problems: ["it cannot be read"])
        }
        let home = ProcessInfo.processInfo.environment["HOME"] ?? "/"
        return try WatchdogFile(data, path: file.path, home: home, defaults: watchdogDefaults).services
    }

    private var watchdogDefaults: WatchdogDefaults {
        WatchdogDefaults(
            freezeThreshold: settings.watchdog.freezeThreshold, maxRestarts: settings.watchdog.maxRestarts,
            restartsOnFreeze: settings.watchdog.restartsOnFreeze)
    }

    private static let ownBeatAge = Duration.seconds(300)

    private func ownServices() async throws -> [WatchedService] {
        var services: [WatchedService] = []
        for (name, beat) in [
            ("cryptotrader-ops", "ops"), ("cryptotrader-bitfinex-stream", "stream"), ("cryptotrader-frontend", nil),
        ] where try await SystemdUnit(name + ".service", isOfUser: true).isEnabled() {
            var service = WatchedService(name: name, control: .unit(name + ".service", isOfUser: true))
            service.beat = beat.map { .init(name: $0, age: Self.ownBeatAge) }
            if beat == nil { service.healthURL = try await DashboardAddress.current().health }
            service.freezeThreshold = watchdogDefaults.freezeThreshold
            service.maxRestarts = watchdogDefaults.maxRestarts
            service.restartsOnFreeze = watchdogDefaults.restartsOnFreeze
            services.append(service)
        }
        return services
    }

    /// `say` gets each line of the watchdog's log.
    func watchdogPass(
        _ journal: Journal, alerts: any AlertSink, ledger: RestartLedger = RestartLedger(),
        alive: @escaping @Sendable () -> Void = {},
        say: @escaping @Sendable (Finding.Level, String) -> Void
    ) -> WatchdogPass<ContinuousClock> {
        var parts = WatchdogPass.Parts(
            journal: journal, alerts: alerts,
            transport: AsyncHTTPTransport(connectionsPerHost: 1, trustedCertificates: settings.trustedCertificates),
            clock: ContinuousClock(), now: Self.now, awake: Self.monotonicNow)
        parts.interval = settings.watchdog.interval
        parts.alive = alive
        parts.ledger = ledger
        let log = WatchdogLog(
            settings.logs.folder.appending(path: "watchdog.log"),
            logger: settings.logs.service(standardError: nil).logger("watchdog"), now: Self.now, say: say)
        return WatchdogPass(parts, log: log)
    }
}
