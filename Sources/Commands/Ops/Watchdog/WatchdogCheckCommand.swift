import Alerts
import ArgumentParser
import CommandRuntime
import Jobs
import Journal
import Resilience
import Watchdog

struct WatchdogCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check each service once, and restart those that need it.",
        discussion:
            "Exit codes: 0 all healthy, 1 one was not (whether restarted or not), 75 another pass is at work, 78.")

    @Argument(help: "Check only this service.")
    var name: String?

    @Flag(help: "Print only problems. The log file gets everything.")
    var quiet = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            output.keep(in: parts.settings.logs, as: "watchdog")
            guard parts.settings.watchdog.isEnabled else {
                output.note("The watchdog is off (WATCHDOG_ENABLED=0); nothing was looked at.")
                return .complete
            }
            let services = try await parts.watchedServices(named: name)
            let isQuiet = quiet
            let queues = try parts.alertQueues()
            let journal = try await parts.watchdogJournal(queues)
            let pass = parts.watchdogPass(journal, alerts: parts.alertDesk(queues)) { level, line in
                output.show(line, level, isQuiet: isQuiet)
            }
            // What was begun is brought to its end: a service that was stopped must be started again.
            let reports = try await StopSignals().run(grace: .seconds(120)) {
                let reports = try await pass.run(services)
                await parts.alertCourier(queues).drainOnce(within: .seconds(10))
                return reports
            }
            if output.json { output.print(["services": reports]) }
            return reports.allSatisfy(\.isWell) ? .complete : .unhealthy
        }
    }
}

extension Composition {
    /// Where it cannot be used, people are told at once: their alerts need no journal.
    ///
    /// - Throws: `JournalFault`.
    func watchdogJournal(_ queues: AlertQueues) async throws -> Journal {
        do {
            return try journal()
        } catch {
            await WatchdogAlerts.raiseBlind(alertDesk(queues), (error as? any Fault)?.summary ?? "\(error)")
            await alertCourier(queues).drainOnce(within: .seconds(10))
            throw error
        }
    }

    /// - Throws: `WatchdogFault.unknownService`, and what `watchedServices()` does.
    func watchedServices(named name: String?) async throws -> [WatchedService] {
        let services = try await watchedServices()
        guard let name else { return services }
        guard let service = services.first(where: { $0.name == name }) else {
            throw WatchdogFault.unknownService(name, known: services.map(\.name))
        }
        return [service]
    }
}

extension CommandOutput {
    /// A line of the watchdog's log, which is in the host's log already: on stdout, or on stderr beside a document.
    func show(_ line: String, _ level: Finding.Level, isQuiet: Bool) {
        if json { StandardStream.error.write(line: line) } else if !isQuiet || level != .ok { say(line) }
    }
}
