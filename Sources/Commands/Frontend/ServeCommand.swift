import ArgumentParser
import CommandRuntime
import Foundation
import Jobs

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the dashboard until stopped.",
        discussion: """
            The page, its API under /api/v1, /health/ping and /metrics. It only reads: the database, and this host's journal. A \
            database that is away is waited for. Exit codes: 0 stopped, 69 the port is taken, 78 configuration.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "Address to listen on; 0.0.0.0 means all. Default: FRONTEND_HOST, else 127.0.0.1.")
    var host: String?

    @Option(help: "Port to listen on. Default: FRONTEND_PORT, else 5176.")
    var port: Int?

    func run() async throws {
        let output = common.output
        try await output.run {
            let source = try await SettingsSource(environment: ProcessInfo.processInfo.environment)
            let settings = try FrontendSettings(database: common.database, host: host, port: port, source: source)
            output.keep(in: settings.logs, as: "frontend")
            let run = DashboardRun(parts: Composition(settings: settings), output: output)
            let signals = StopSignals()
            do {
                try await signals.run(grace: .seconds(4), onStop: { run.end() }) { try await run.run() }
            } catch is CancellationError where signals.isStopping {
                // It was to stop, and nothing is left to do.
            }
            return .complete
        }
    }
}
