import Alerts
import ArgumentParser
import Candles
import CommandRuntime
import Jobs
import Journal

struct AlertListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract:
            "Shows what is wrong now, what is still to be told, the last news, channels that are gone, and silences.")

    @Option(help: "Number of days to look back.")
    var days = 1

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            guard (1...90).contains(days) else { throw OptionsFault.outOfRange("--days", "1 to 90") }
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            let now = Composition.now()
            let document = try await AlertList(
                parts.journal(), channels: parts.alertQueues().channels, since: now - Int64(days) * 86_400_000)
            if common.output.json {
                common.output.print(document)
            } else {
                document.lines(now: now).forEach(common.output.say)
            }
            return .complete
        }
    }
}
