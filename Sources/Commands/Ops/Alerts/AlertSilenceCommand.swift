import Alerts
import ArgumentParser
import Candles
import CommandRuntime
import Foundation
import Jobs
import Journal

struct AlertSilenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Silence alerts for a while. They are still written to the log file.",
        discussion: """
            The pattern is matched against an alert's key and against SOURCE/RULE/TARGET. * matches any text, ? one character. A \
            silence expires by itself. Exit code 69: no silence has that number.
            """)

    @Argument(help: "A pattern of alerts, such as 'watchdog/*' or '*btcusd*'.")
    var pattern: String?

    @Option(name: .customLong("for"), help: "Duration, such as 45m, 2h or 3d; at most 90d.")
    var length: String?

    @Option(help: "Reason of the silence.")
    var comment: String?

    @Flag(help: "List the active silences.")
    var list = false

    @Option(help: "End the silence with this number.")
    var remove: Int64?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let wishes = [pattern != nil, list, remove != nil].filter { $0 }.count
            if wishes > 1 { throw OptionsFault.conflict("a pattern, --list or --remove", "the others") }
            let duration = try length.map(Self.duration)
            let journal = try Composition(settings: try await common.settings(SettingPart.journal)).journal()
            if let remove { return try await end(remove, in: journal) }
            guard let pattern else {
                if list { return try await show(journal) }
                throw OptionsFault.missing("a pattern")
            }
            guard let duration else { throw OptionsFault.missing("--for") }
            let silence = try await journal.silence(
                pattern, for: duration, author: ProcessInfo.processInfo.userName, comment: comment,
                unsilenced: LogFileChannel.name)
            show([silence])
            return .complete
        }
    }

    private func end(_ id: Int64, in journal: Journal) async throws -> ExitStatus {
        if try await journal.removeSilence(id) { return .complete }
        common.output.note("There is no silence \(id). Try: ops alert silence --list.")
        return .unavailable
    }

    private func show(_ journal: Journal) async throws -> ExitStatus {
        show(try await journal.silences())
        return .complete
    }

    private func show(_ silences: [AlertSilence]) {
        let documents = silences.map(SilenceDocument.init)
        if common.output.json { return common.output.print(["silences": documents]) }
        for document in documents { common.output.say(document.line) }
    }

    private static let longest = Duration.seconds(90 * 86_400)

    private static func duration(_ text: String) throws -> Duration {
        guard let duration = Duration(said: text), (.seconds(1)...longest).contains(duration) else {
            throw OptionsFault.outOfRange("--for", "a time such as 45m, 2h or 3d, at most 90d")
        }
        return duration
    }
}
