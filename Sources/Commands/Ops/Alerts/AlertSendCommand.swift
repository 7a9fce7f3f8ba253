import Alerts
import ArgumentParser
import CommandRuntime

struct AlertSendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Raises an alert, or says that it is over, and delivers what is due.",
        discussion: """
            Source, rule and target say which alert it is: the same three are one alert, told once in a while (info 60 minutes, warning \
            30, critical 5), at once where it became graver. What a channel does not take stays in the queue, for ops run or the next \
            command of this kind; so does what is for a channel that only another process of this host has. Exit code 69: it is queued, \
            and no channel but the log file took it yet.

            --stdin reads one JSON object a line: {"message":"…","severity":"warning","source":"bot","rule":"stopped","target":"x",\
            "hint":"…","resolve":false}. A line that cannot be read is named and left out (64 at the end).
            """)

    @Argument(help: "One sentence: what is wrong.")
    var message: String?

    @Option(help: "info, warning or critical.")
    var severity = Severity.warning

    @Option(help: "Who says so.")
    var source = "manual"

    @Option(help: "The kind of trouble; without it the message itself, but for its numbers.")
    var rule: String?

    @Option(help: "What it is about.")
    var target = ""

    @Option(help: "What is to be done.")
    var hint: String?

    @Flag(help: "It is over.")
    var resolve = false

    @Flag(help: "Read alerts from stdin.")
    var stdin = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            if stdin, message != nil { throw OptionsFault.conflict("--stdin", "a message") }
            guard stdin || message?.isEmpty == false else { throw OptionsFault.missing("a message") }
            let stop = StopSignals()
            let parts = Composition(settings: try await common.settings())
            output.keep(in: parts.settings.logs, as: "alert")
            let job = AlertSending(parts: parts, output: output)
            return try await stop.run(grace: .seconds(30)) {
                if stdin { return try await job.sendLines() }
                let message = message ?? ""
                let alert = Alert(
                    source: source, rule: rule ?? message, target: target, severity: severity, message: message,
                    hint: hint)
                return try await job.send(alert, isOver: resolve)
            }
        }
    }
}

extension Severity: ExpressibleByArgument {
    public init?(argument: String) { self.init(name: argument) }
    public var defaultValueDescription: String { name }
    public static var allValueStrings: [String] { allCases.map(\.name) }
}
