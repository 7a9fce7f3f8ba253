import ArgumentParser
import CommandRuntime
import Health
import HostStatus
import Jobs

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the state of this host: data, jobs, tasks, backups, breakers and alerts.",
        discussion: "What needs attention comes first. The command changes nothing.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let report = await HostReporter(
                parts: Composition(settings: try await common.settings(SettingPart.operations))
            ).report()
            if common.json {
                StandardStream.output.write(json: try report.json(pretty: true))
            } else {
                for line in StatusPage(report).lines { common.output.say(line) }
            }
            return .complete
        }
    }
}
