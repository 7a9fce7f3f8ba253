import ArgumentParser
import Candles
import CommandRuntime
import Foundation
import Jobs
import Logs

struct LogsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the last lines of the main log as text, also from rotated and compressed files.")

    @Flag(help: "Print only warnings and errors.")
    var errors = false

    @Option(name: .shortAndLong, help: "Maximum number of lines.")
    var number = 50

    @Option(help: "Print only newer lines: 30m, 1h, 2d, or a time such as 2024-01-31T12:00:00Z.")
    var since: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if number < 1 { throw ValidationError("-n is at least 1.") }
    }

    func run() async throws {
        try await common.output.run {
            let since = try since.map(PastTime.init)
            let folder = try await common.settings(SettingPart.journal).logs.folder
            let lines = try LogReader(folder: folder).lines(
                of: errors ? .errors : .main, last: number, since: since?.before(Composition.now()),
                complain: { common.output.note("warning: \($0)") })
            if common.output.json {
                common.output.print(["lines": lines])
            } else if lines.isEmpty {
                common.output.note("No such lines in \(folder.path).")
            } else {
                common.output.say(lines: lines)
            }
            return .complete
        }
    }
}
