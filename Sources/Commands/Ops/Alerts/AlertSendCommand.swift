import Alerts
import ArgumentParser
import CommandRuntime
import Jobs

struct AlertSendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Raise or resolve an alert, and deliver pending messages.",
        discussion: """
            Source, rule and target identify an alert. The same alert is sent again only after a while (info 60 minutes, warning 30, \
            critical 5), or at once if its severity rises. A message that a channel does not accept stays in the queue, for `ops run` \
            or the next `ops alert send`; so does one for a channel that only another process of this host has. Exit code 69: the \
            alert is queued, and no channel except the log file has accepted it yet.

            --stdin reads one JSON object a line: {"message":"…","severity":"warning","source":"bot","rule":"stopped","target":"x",\
            "hint":"…","resolve":false}. An unreadable line is reported and skipped (exit code 64).
            """)

    @Argument(help: "One sentence that says what is wrong.")
    var message: String?

    @Option(help: "info, warning or critical.")
    var severity = Severity.warning

    @Option(help: "Source of the alert.")
    var source = "manual"

    @Option(help: "Rule of the alert. Default: the message without its numbers.")
    var rule: String?

    @Option(help: "Target of the alert, such as a series or a service.")
    var target = ""

    @Option(help: "What the reader should do.")
    var hint: String?

    @Flag(help: "Resolve the alert.")
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
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            output.keep(in: parts.settings.logs, as: "alert")
            return try await stop.run(grace: .seconds(30)) {
                let queues = try parts.alertQueues()
                let job = AlertSending(
                    queues, desk: parts.alertDesk(queues), courier: parts.alertCourier(queues), output: output)
                if stdin { return try await job.sendLines() }
                let message = message ?? ""
                let alert = Alert(
                    source: source, rule: rule ?? message, target: target, severity: severity, message: message,
                    hint: hint)
                guard let sent = await job.send(alert, isOver: resolve) else {
                    output.note("The journal cannot be used; the alert went to the channels directly.")
                    return .storage
                }
                if output.json { output.print(sent) } else { sent.lines.forEach(output.say) }
                return sent.status
            }
        }
    }
}

extension Severity: ExpressibleByArgument {
    public init?(argument: String) { self.init(name: argument) }
    public var defaultValueDescription: String { name }
    public static var allValueStrings: [String] { allCases.map(\.name) }
}
