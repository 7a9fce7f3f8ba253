import ArgumentParser
import CommandRuntime
import Host

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Keeps this host well until it is stopped: tasks, alerts, health endpoints.",
        discussion: """
            It makes the backup that a timer missed, sweeps holes, looks at freshness, disk, jobs, breakers and a process, rotates logs, \
            pushes a git work tree, reports once a day, delivers alerts and answers on HEALTH_CHECK_PORT. When each task is due next \
            survives a restart. SIGTERM lets a running task end, for 20 seconds. Exit codes: 0 stopped, 75 another one runs on this host, \
            78 configuration.
            """)

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            var parts = Composition(settings: try await common.settings())
            parts.databaseFlag = common.database
            try parts.checkConfiguration()
            let run = try Orchestrator(parts: parts, output: common.output)
            return try await StopSignals().run(grace: .seconds(20), onStop: { run.latch.close() }) {
                try await run.run()
                return .complete
            }
        }
    }
}
