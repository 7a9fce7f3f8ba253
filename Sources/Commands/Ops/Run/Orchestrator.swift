import Alerts
import Candles
import CommandRuntime
import Foundation
import HTTPServer
import Health
import Host
import Journal
import Logging
import Logs
import Scheduler
import ServiceLifecycle

/// Everything that `ops run` keeps going, from its start to its end.
struct Orchestrator: Sendable {
    /// In the journal's heartbeats and locks.
    static let name = "ops"
    /// Shorter than half of what the unit's WatchdogSec says.
    private static let beat = Duration.seconds(10)
    private static let healthRule = "health-not-served"

    let parts: Composition
    let output: CommandOutput
    let latch = ShutdownLatch()
    private let journal: Journal
    private let queues: AlertQueues
    private let log: ServiceLog
    private let logger: Logger
    private let systemd = SystemdNotify()

    /// - Throws: What is wrong with the configuration, or with the journal.
    init(parts: Composition, output: CommandOutput) throws {
        self.parts = parts
        self.output = output
        journal = try parts.journal()
        log = parts.serviceLog
        logger = log.logger("ops")
        queues = try parts.alertQueues(logger: log.logger("alerts"))
    }

    func run() async throws {
        let lock = try journal.lock("ops run")
        defer { lock.release() }
        let alertLogger = log.logger("alerts")
        let desk = parts.alertDesk(queues, logger: alertLogger)
        let courier = parts.alertCourier(queues, logger: alertLogger)
        let scheduler = Scheduler(
            TaskList(parts: parts, journal: journal, alerts: desk, logger: logger, stop: latch).tasks, journal: journal,
            clock: ContinuousClock(), now: Composition.now, alerts: desk, emit: { Self.log($0, logger) })
        logger.info("ops run begins")
        let over = ShutdownLatch()
        await withTaskGroup(of: Void.self) { servers in
            if parts.settings.health.isEnabled { servers.addTask { await serveHealth(desk, until: over) } }
            servers.addTask { await courier.run(until: over) }
            await withTaskGroup(of: Void.self) { loops in
                loops.addTask { await beat(scheduler) }
                await scheduler.run(until: latch)
                logger.info("ops run stops")
                systemd.stopping()
                loops.cancelAll()
            }
            over.close()
        }
        // What the last tasks raised.
        await courier.drainOnce(within: .seconds(5))
        // Where the journal does not take it, health says for a week that this service is missed.
        try? await journal.endBeats(of: Self.name)
        logger.info("ops run ends")
    }

    /// Serves the health endpoints; a port that another program has is told and asked for again, and keeps no task from its work.
    private func serveHealth(_ desk: AlertDesk, until over: ShutdownLatch) async {
        while !over.isClosed {
            do {
                try await serve(healthService(desk), until: over)
            } catch is CancellationError {
                return
            } catch {
                let fault = error as? HTTPServerFault
                await desk.raise(
                    Alert(
                        source: "health", rule: Self.healthRule, severity: .warning,
                        message: fault?.summary ?? "health is not served: \(error)", hint: fault?.hint))
                _ = await over.sleep(until: .now + .seconds(60), clock: ContinuousClock())
            }
        }
    }

    private func healthService(_ desk: AlertDesk) -> HealthService<ContinuousClock> {
        let place = parts.healthPlace
        return HealthService(parts.healthMonitor, at: place, clock: ContinuousClock(), logger: log.logger("health")) {
            port in
            output.note("health: http://\(place.host):\(port)/health/ping")
            await desk.resolve(
                source: "health", rule: Self.healthRule, target: "", message: "health is served again")
        }
    }

    private func serve(_ service: some Service, until over: ShutdownLatch) async throws {
        let services = ServiceGroup(services: [service], logger: log.logger("health"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await over.wait()
                await services.triggerGracefulShutdown()
            }
            defer { group.cancelAll() }
            try await services.run()
        }
    }

    /// Tells systemd and the journal that tasks get their turn, as long as none is stuck.
    private func beat(_ scheduler: Scheduler<ContinuousClock>) async {
        systemd.ready()
        while !Task.isCancelled {
            await scheduler.keepTime()
            let stuck = scheduler.stuck
            let running = scheduler.states.filter(\.isRunning).map(\.name)
            let status = running.isEmpty ? "idle" : "running \(running.joined(separator: ", "))"
            systemd.status(stuck.isEmpty ? status : "stuck: \(stuck.joined(separator: ", "))")
            if stuck.isEmpty {
                do {
                    try await journal.beat(Self.name, detail: status)
                } catch {
                    logger.error("the journal takes no heartbeat", metadata: ["fault": "\(error)"])
                }
                systemd.watchdog()
            } else {
                logger.critical("a task does not end", metadata: ["task": "\(stuck.joined(separator: ", "))"])
            }
            // Cut short by cancellation, which ends the loop.
            try? await Task.sleep(for: Self.beat)
        }
    }

    private static func ofRun(_ run: Int64?, _ fields: Logger.Metadata) -> Logger.Metadata {
        fields.merging(run.map { [LogEntry.runField: "\($0)"] } ?? [:]) { first, _ in first }
    }

    private static func log(_ event: SchedulerEvent, _ logger: Logger) {
        switch event {
        case .started(let name): logger.debug("task started", metadata: ["task": "\(name)"])
        case .ended(let name, let result, let duration):
            let metadata: Logger.Metadata = [
                "task": "\(name)", "result": "\(result.message)", "milliseconds": "\(duration.milliseconds)",
            ]
            if case .done = result {
                logger.info("task done", metadata: metadata)
            } else {
                logger.debug("task had nothing to do", metadata: metadata)
            }
        case .failed(let name, let error, let run):
            logger.error("task failed", metadata: ofRun(run, ["task": "\(name)", "fault": "\(error)"]))
        case .overdue(let name, let deadline, let run):
            logger.error(
                "task overdue, and told to end",
                metadata: ofRun(run, ["task": "\(name)", "deadline": "\(deadline.milliseconds / 1000) s"]))
        case .stopped(let name): logger.notice("task stopped with the program", metadata: ["task": "\(name)"])
        case .killed(let name):
            logger.warning("a task was killed with an earlier process", metadata: ["task": "\(name)"])
        case .clockStepped(let step):
            logger.warning("the wall clock was set", metadata: ["seconds": "\(step.milliseconds / 1000)"])
        case .journalFailed(let error):
            logger.error("the journal takes nothing", metadata: ["fault": "\(error)"])
        }
    }
}
