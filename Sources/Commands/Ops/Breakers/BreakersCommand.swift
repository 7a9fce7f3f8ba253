import ArgumentParser
import CommandRuntime
import Health
import Jobs
import Journal

struct BreakersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breakers",
        abstract: "Show and reset the circuit breakers around calls to other services.",
        discussion:
            "An open breaker rejects calls until its timeout has passed, then allows a few trial calls.",
        subcommands: [List.self, Stats.self, Reset.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the breakers with their states and the results of their calls.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await common.output.run {
                let breakers = try await Composition(settings: try await common.settings(SettingPart.journal)).journal()
                    .breakers()
                if common.json {
                    common.output.print(["breakers": breakers.map(BreakerDocument.init)])
                } else if breakers.isEmpty {
                    common.output.say("No breaker yet: nothing was called.")
                } else {
                    for line in BreakerDocument.table(breakers) { common.output.say(line) }
                }
                return .complete
            }
        }
    }

    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one breaker with its counts and its history.")

        @Argument(help: "Name of the breaker, as in the list.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await common.output.run {
                let breakers = try await Composition(settings: try await common.settings(SettingPart.journal)).journal()
                    .breakers()
                guard let breaker = breakers.first(where: { $0.name == name }) else {
                    throw BreakerFault.unknown(name, known: breakers.map(\.name))
                }
                if common.json {
                    common.output.print(BreakerDocument(breaker))
                } else {
                    for line in BreakerDocument.page(breaker) { common.output.say(line) }
                }
                return .complete
            }
        }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Close a breaker and clear its counts, so that the next call is made.")

        @Argument(help: "Name of the breaker, as in the list.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await common.output.run {
                let journal = try Composition(settings: try await common.settings(SettingPart.journal)).journal()
                guard try await journal.resetBreaker(name, monotonicNow: Composition.monotonicNow()) else {
                    throw BreakerFault.unknown(name, known: try await journal.breakers().map(\.name))
                }
                common.output.say("\(name) is closed")
                return .complete
            }
        }
    }
}
