import ArgumentParser
import CommandRuntime
import Health

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "The page to read first: data, jobs, tasks, backups, breakers and alerts of this host.",
        discussion: "It changes nothing. What needs attention comes first.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let report = await HostReporter(parts: Composition(settings: try await common.settings())).report()
            if common.json {
                StandardStream.output.write(json: try report.json(pretty: true))
            } else {
                for line in StatusPage(report).lines { common.output.say(line) }
            }
            return .complete
        }
    }
}
