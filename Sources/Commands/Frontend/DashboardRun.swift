import CommandRuntime
import Frontend
import HTTPServer
import Host
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import Storage

/// Everything that `frontend serve` keeps going, from its start to its end.
struct DashboardRun: Sendable {
    let parts: Composition
    let output: CommandOutput
    private let stops: AsyncStream<Void>
    private let stop: AsyncStream<Void>.Continuation
    private let systemd = SystemdNotify()

    init(parts: Composition, output: CommandOutput) {
        self.parts = parts
        self.output = output
        (stops, stop) = AsyncStream.makeStream()
    }

    /// Begins the orderly end.
    func end() { stop.finish() }

    /// Serves until `end` is called.
    func run() async throws {
        let logger = parts.logger("frontend")
        let link = parts.databaseLink
        let live = parts.liveEvents(link)
        let service = try parts.service(link, live) { port in
            greet(port, logger)
            systemd.ready()
        }
        let services = ServiceGroup(services: [service], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in stops {}
                systemd.stopping()
                await services.triggerGracefulShutdown()
            }
            group.addTask { try await beat(link, live) }
            defer { group.cancelAll() }
            try await services.run()
        }
        logger.info("frontend serve ends")
    }

    private func greet(_ port: Int, _ logger: Logger) {
        let greeting = ServeGreeting(parts.place, port: port, names: HostNames.current())
        output.note("dashboard: \(greeting.urls.joined(separator: " "))", .notice)
        if let exposure = greeting.exposure { logger.notice("\(exposure)") }
    }

    /// Tells systemd that changes are looked for.
    private func beat(_ link: DatabaseLink, _ live: LiveEvents) async throws {
        let pause = min(.seconds(10), (systemd.watchdogInterval ?? .seconds(40)) / 4)
        var turns = -1
        while true {
            systemd.status("database \(link.condition.state.rawValue), \(live.openStreams) browsers listen")
            if live.turns != turns { systemd.watchdog() }
            turns = live.turns
            try await Task.sleep(for: pause)
        }
    }
}

/// Says once that the dashboard was given more than it needs.
struct RightsNotice: Sendable {
    private let logger: Logger
    private let isSaid = NIOLockedValueBox(false)

    init(logger: Logger) { self.logger = logger }

    /// - Throws: `PostgresFault`, where the database cannot be asked.
    func look(at reader: any CandleReader) async throws {
        guard !isSaid.withLockedValue({ $0 }), let postgres = reader as? PostgresCandleReader else { return }
        do {
            guard try await postgres.mayWrite() else { return }
        } catch {
            // A reader that nobody takes is closed by whoever opened it.
            await reader.close()
            throw error
        }
        isSaid.withLockedValue { $0 = true }
        logger.notice(
            "this role may write to the database; 'scripts/create-frontend-role' makes one that may only read, for FRONTEND_DATABASE_URL"
        )
    }
}
