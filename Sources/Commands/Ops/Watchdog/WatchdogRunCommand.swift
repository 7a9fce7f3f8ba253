import Alerts
import ArgumentParser
import CommandRuntime
import Host
import Jobs
import Journal
import Watchdog

struct WatchdogRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Check each service every WATCHDOG_CHECK_INTERVAL seconds, until stopped.",
        discussion: """
            Repeats `ops watchdog check`. SIGTERM ends it between two passes. --json moves the lines to stderr.
            """)

    @Flag(help: "Print only problems. The log file gets everything.")
    var quiet = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            output.keep(in: parts.settings.logs, as: "watchdog")
            let systemd = SystemdNotify()
            guard parts.settings.watchdog.isEnabled else {
                systemd.ready()
                output.note("The watchdog is off (WATCHDOG_ENABLED=0).")
                return .complete
            }
            let services = try await parts.watchedServices()
            let stop = StopSignals()
            let queues = try parts.alertQueues()
            let loop = WatchdogLoop(
                parts: parts, output: output, services: services, alerts: parts.alertDesk(queues), isQuiet: quiet,
                stop: stop, systemd: systemd)
            let journal = try await parts.watchdogJournal(queues)
            let courier = parts.alertCourier(queues)
            return try await stop.run(grace: .seconds(120)) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // A channel that hangs must not keep the loop from its next pass.
                    let over = ShutdownLatch()
                    group.addTask { await courier.run(until: over) }
                    defer { over.close() }
                    try await loop.run(journal)
                }
                await courier.drainOnce(within: .seconds(10))
                // Where the journal does not take it, health says for a week that this service is missed.
                try? await journal.endBeats(of: "watchdog")
                return .complete
            }
        }
    }
}

/// Pass after pass until the first signal; systemd is told from here that the loop makes progress.
struct WatchdogLoop: Sendable {
    let parts: Composition
    let output: CommandOutput
    let services: [WatchedService]
    let alerts: any AlertSink
    let isQuiet: Bool
    let stop: StopSignals
    let systemd: SystemdNotify
    private let ledger = RestartLedger()

    /// How long it may take until a signal is seen.
    private static let slice = Duration.seconds(1)

    func run(_ journal: Journal) async throws {
        systemd.ready()
        output.note(
            "watchdog: \(services.count) services, every \(parts.settings.watchdog.interval.components.seconds) s")
        let clock = ContinuousClock()
        var next = clock.now
        while !stop.isStopping {
            try await pass(journal)
            next = max(next.advanced(by: parts.settings.watchdog.interval), clock.now)
            while clock.now < next, !stop.isStopping {
                systemd.watchdog()
                try await clock.sleep(until: min(next, clock.now.advanced(by: Self.slice)))
            }
        }
        systemd.stopping()
        output.note("watchdog: stopped")
    }

    private func pass(_ journal: Journal) async throws {
        let pass = parts.watchdogPass(journal, alerts: alerts, ledger: ledger, alive: { systemd.watchdog() }) {
            level, line in
            if output.wants(level.logLevel) { output.show(line, level, isQuiet: isQuiet) }
        }
        do {
            let reports = try await pass.run(services)
            // A full disk ends no watchdog.
            try? await journal.beat("watchdog")
            let unwell = reports.filter { !$0.isWell }.map(\.service)
            systemd.status(
                unwell.isEmpty
                    ? "\(reports.count) services healthy" : "not healthy: \(unwell.joined(separator: ", "))")
        } catch JournalFault.busy {
            systemd.status("another pass is at work")
        }
        systemd.watchdog()
    }
}
