import Alerts
import ArgumentParser
import CommandRuntime
import Jobs
import Journal
import Logging
import Resilience

struct AlertTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send a test message to each channel, and show the result.",
        discussion:
            "Exit codes: 0 all took it, 64 there is no such channel, 69 at least one did not, 78 none is configured.")

    @Option(help: "Test only this channel: telegram, discord, webhook, email or desktop.")
    var channel: String?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let stop = StopSignals()
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            for warning in parts.alertFile.warnings() { common.output.note("Warning: \(warning).") }
            let journal = try? parts.journal()
            let channels = try parts.peopleChannels(
                try parts.alertFile.read(), journal: journal, logger: Logger(label: "alert"))
            if channels.isEmpty { throw AlertSetupFault.noChannel }
            let chosen = channels.filter { channel == nil || $0.name == channel }
            if chosen.isEmpty {
                throw OptionsFault.outOfRange(
                    "--channel", "one of those that are set: \(channels.map(\.name).joined(separator: ", "))")
            }
            let notice = parts.testNotice()
            let job = AlertTestJob(channels: chosen, journal: journal, output: common.output)
            return try await stop.run(grace: .zero) { try await job.run(notice) }
        }
    }
}

/// Sends a notice to each channel, and reports.
struct AlertTestJob: Sendable {
    let channels: [any AlertChannel]
    let journal: Journal?
    let output: CommandOutput

    func run(_ notice: AlertNotice) async throws -> ExitStatus {
        var results: [Result] = []
        for channel in channels {
            let result = try await Self.send(notice, to: channel)
            // What was given up is told again now that a person has seen that it works.
            if result.delivered { try? await journal?.reviveAlertChannel(channel.name) }
            results.append(result)
        }
        if output.json {
            output.print(["channels": results])
        } else {
            let width = results.map(\.channel.count).max() ?? 0
            for result in results {
                let name = result.channel + String(repeating: " ", count: width - result.channel.count)
                output.say("\(name)  \(result.delivered ? "delivered" : "failed: \(result.message ?? "")")")
                if let hint = result.hint { output.say("\(String(repeating: " ", count: width))  Try: \(hint).") }
            }
        }
        return results.allSatisfy(\.delivered) ? .complete : .unavailable
    }

    private static func send(_ notice: AlertNotice, to channel: any AlertChannel) async throws -> Result {
        do {
            try await channel.deliver(notice)
            return Result(channel: channel.name, delivered: true, code: nil, message: nil, hint: nil)
        } catch let fault as any Fault {
            let hint = fault.disposition == .permanent ? fault.hint : nil
            return Result(
                channel: channel.name, delivered: false, code: fault.code, message: fault.description, hint: hint)
        }
    }

    private struct Result: Encodable {
        let channel: String
        let delivered: Bool
        let code: String?
        let message: String?
        let hint: String?
    }
}
