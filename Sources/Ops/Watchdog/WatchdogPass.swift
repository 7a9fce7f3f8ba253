package import Alerts
package import Candles
package import Host
package import Journal
package import Transport

/// One look at every service, and what is done about each.
package struct WatchdogPass<C: Clock>: Sendable where C.Duration == Duration {
    /// What passes are made of.
    package struct Parts: Sendable {
        package let journal: Journal
        package let alerts: any AlertSink
        package let transport: any HTTPTransport
        /// Given the main process that was seen last.
        package let control: @Sendable (WatchedService, ProcessIdentity?) -> any ServiceControl
        package let clock: C
        package let now: @Sendable () -> UnixMilliseconds
        /// Milliseconds of a clock that neither steps nor counts while the machine is suspended.
        package let awake: @Sendable () -> Int64
        package let boot: String
        /// Between two passes.
        package var interval = Duration.seconds(60)
        package var timing = RestartTiming()
        /// One for all passes of a process.
        package var ledger = RestartLedger()
        /// Called whenever something was done: the pass makes progress.
        package var alive: @Sendable () -> Void = {}

        package init(
            journal: Journal, alerts: any AlertSink, transport: any HTTPTransport, clock: C,
            now: @escaping @Sendable () -> UnixMilliseconds,
            awake: @escaping @Sendable () -> Int64, boot: String = BootIdentity.current,
            control: @escaping @Sendable (WatchedService, ProcessIdentity?) -> any ServiceControl = ServiceControls
                .control
        ) {
            self.journal = journal
            self.alerts = alerts
            self.transport = transport
            self.control = control
            self.clock = clock
            self.now = now
            self.awake = awake
            self.boot = boot
        }
    }

    private let parts: Parts
    private let log: WatchdogLog

    package init(_ parts: Parts, log: WatchdogLog) {
        self.parts = parts
        self.log = log
    }

    /// Looks at all services at once; restarts happen side by side, too.
    ///
    /// A journal that cannot be written keeps no service from being restarted.
    ///
    /// - Throws: `JournalFault` (`.busy` where another pass is at work), or `CancellationError`.
    package func run(_ services: [WatchedService]) async throws -> [ServiceReport] {
        let lock = try parts.journal.lock("watchdog")
        defer { lock.release() }
        log.head("Watchdog check started")
        let reports = try await withThrowingTaskGroup(of: (Int, ServiceReport).self) { group in
            for (index, service) in services.enumerated() {
                group.addTask { (index, try await ServiceWatch(service, parts, log).run()) }
            }
            var reports: [(Int, ServiceReport)] = []
            for try await report in group { reports.append(report) }
            return reports.sorted { $0.0 < $1.0 }.map(\.1)
        }
        await tellOfJournal()
        let unwell = reports.filter { !$0.isWell }
        let uncertain = reports.filter { $0.health == "uncertain" }.map(\.service).joined(separator: ", ")
        if unwell.isEmpty, uncertain.isEmpty {
            log.write(.ok, services.isEmpty ? "No service is watched" : "All health checks passed")
        } else if unwell.isEmpty {
            log.write(.warn, "No health check failed, but not all passed: \(uncertain)")
        } else {
            let names = unwell.map(\.service).joined(separator: ", ")
            log.write(.fail, "\(unwell.count) of \(reports.count) services need attention: \(names)")
        }
        return reports
    }

    private func tellOfJournal() async {
        guard let trouble = parts.ledger.takeTrouble() else { return await WatchdogAlerts.resolveUnnoted(parts.alerts) }
        log.write(.fail, "What the watchdog did is not noted: \(trouble)")
        await WatchdogAlerts.raiseUnnoted(parts.alerts, trouble)
    }
}

/// The concrete ways to ask after services.
package enum ServiceControls {
    @Sendable package static func control(_ service: WatchedService, known: ProcessIdentity?) -> any ServiceControl {
        switch service.control {
        case .unit(let unit, let isOfUser):
            SystemdUnit(unit, isOfUser: isOfUser, killing: service.process, of: service.owner)
        case .pidFile(let file, let start):
            PidFileProcess(file, start: start, killing: service.process, of: service.owner, known: known)
        }
    }
}

/// What a pass found of one service, and did about it.
package struct ServiceReport: Sendable, Encodable, Equatable {
    package enum Action: String, Sendable, Encodable {
        case none, recovered, restarted, failed
        case gaveUp = "gave_up"
        case leftAlone = "left_alone"
        case told
    }

    package let service: String
    /// healthy, uncertain, down, frozen or unseen: before anything was done.
    package let health: String
    package let findings: [String]
    package var action: Action = .none

    /// Nothing was wrong, or not for long enough.
    package var isWell: Bool { ["healthy", "uncertain"].contains(health) }

    init(_ service: WatchedService, _ health: ServiceHealth, _ findings: [Finding]) {
        self.service = service.name
        self.health =
            switch health {
            case .healthy: "healthy"
            case .uncertain: "uncertain"
            case .down, .looping: "down"
            case .frozen: "frozen"
            case .unseen: "unseen"
            }
        self.findings = findings.map(\.line)
    }
}
