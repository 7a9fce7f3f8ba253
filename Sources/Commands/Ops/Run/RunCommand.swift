import ArgumentParser
import CommandRuntime
import Host
import Jobs

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the tasks, alerts and health endpoints of this host until stopped.",
        discussion: """
            The tasks make missed backups, repair gaps, check freshness, disk, jobs, breakers and a process, rotate logs, push a git \
            work tree and report once a day. Alerts are delivered, and the health endpoints answer on HEALTH_CHECK_PORT. A restart \
            keeps the schedule. After SIGTERM a running task has 20 seconds to end. Exit codes: 0 stopped, 75 another one runs on this host, \
            78 configuration.
            """)

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            var parts = Composition(settings: try await common.settings(SettingPart.operations))
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
