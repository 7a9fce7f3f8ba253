import ArgumentParser
import Candles
import CommandRuntime
import Jobs
import Journal

struct WatchdogHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List the restarts of the last 90 days, newest first, with reason and result.")

    @Argument(help: "List only the restarts of this service.")
    var name: String?

    @Option(help: "Maximum number of restarts.")
    var limit = 50

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            guard (1...10_000).contains(limit) else { throw OptionsFault.outOfRange("--limit", "1 to 10000") }
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            let restarts = try await parts.journal().restarts(of: name, limit: limit).map(RestartDocument.init)
            if output.json {
                output.print(["restarts": restarts])
            } else if restarts.isEmpty {
                output.say("Nothing was restarted.")
            } else {
                var table = TextTable(["at", "service", "reason", "outcome"])
                for restart in restarts {
                    table.add([restart.at, restart.service, restart.reason, restart.outcome ?? "unfinished"])
                }
                for line in table.lines { output.say(line) }
            }
            return .complete
        }
    }
}

private struct RestartDocument: Encodable {
    let service: String
    let at: String
    let endedAt: String?
    let reason: String
    let outcome: String?

    init(_ record: RestartRecord) {
        service = record.service
        at = record.at.iso8601
        endedAt = record.endedAt?.iso8601
        reason = record.reason
        outcome = record.outcome
    }

    enum CodingKeys: String, CodingKey {
        case service, at, reason, outcome
        case endedAt = "ended_at"
    }
}
