import ArgumentParser
import Candles
import CommandRuntime
import Foundation
import Journal
import Resilience

struct BreakersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breakers",
        abstract: "Shows the circuit breakers around calls to others, and resets them.",
        discussion: "A breaker that is open lets no call through until its time is over; then it tries a few.",
        subcommands: [List.self, Stats.self, Reset.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Every breaker, its state and how its calls went.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await common.output.run {
                let breakers = try await Composition(settings: try await common.settings()).journal().breakers()
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
        static let configuration = CommandConfiguration(abstract: "One breaker, with its counts and its history.")

        @Argument(help: "Its name, as the list has it.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await common.output.run {
                let breakers = try await Composition(settings: try await common.settings()).journal().breakers()
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
            abstract: "Closes a breaker and forgets what it knew, so that the next call goes out.")

        @Argument(help: "Its name, as the list has it.")
        var name: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await common.output.run {
                let journal = try Composition(settings: try await common.settings()).journal()
                guard try await journal.resetBreaker(name, monotonicNow: Composition.monotonicNow()) else {
                    throw BreakerFault.unknown(name, known: try await journal.breakers().map(\.name))
                }
                common.output.say("\(name) is closed")
                return .complete
            }
        }
    }
}

/// A breaker as a document, a line, or a page.
struct BreakerDocument: Encodable {
    let name: String
    let state: String
    let calls: [String: Int]
    let history: [Entry]

    struct Entry: Encodable {
        let at: String
        let kind: String
        let detail: String?
    }

    init(_ breaker: BreakerSnapshot) {
        name = breaker.name
        state = breaker.state.phase.rawValue
        calls = Dictionary(uniqueKeysWithValues: breaker.totals.map { ($0.key.rawValue, $0.value) })
        history = breaker.events.map { Entry(at: $0.at.iso8601, kind: $0.kind, detail: $0.detail) }
    }

    static func table(_ breakers: [BreakerSnapshot]) -> [String] {
        var table = TextTable(["breaker", "state", "last change", "good", "failed", "slow", "refused", "opened"])
        for breaker in breakers {
            let count = { (kinds: BreakerTotal...) in "\(kinds.reduce(0) { $0 + (breaker.totals[$1] ?? 0) })" }
            table.add([
                breaker.name, breaker.state.phase.rawValue, breaker.events.first.map { $0.at.iso8601 } ?? "never",
                count(.success, .slowSuccess), count(.failure, .slowFailure), count(.slowSuccess, .slowFailure),
                count(.notPermitted), count(.opened),
            ])
        }
        return table.lines
    }

    static func page(_ breaker: BreakerSnapshot) -> [String] {
        let calls = breaker.totals.filter { $0.value > 0 }.map { "\($0.key.rawValue): \($0.value)" }.sorted()
        return [
            "\(breaker.name) is \(breaker.state.phase.rawValue)",
            "since the journal began: " + calls.joined(separator: ", "),
        ]
            + breaker.events.map { "\($0.at.iso8601)  \($0.kind) \($0.detail ?? "")" }
    }
}

/// A breaker that nobody knows.
enum BreakerFault: Fault {
    case unknown(String, known: [String])

    var code: String { "breaker-unknown" }
    var disposition: Disposition { .permanent }
    var summary: String {
        switch self {
        case .unknown(let name, _): "there is no breaker '\(name)'"
        }
    }
    var hint: String? {
        switch self {
        case .unknown(let name, let known):
            Spelling.nearest(to: name, in: known).map { "did you mean \($0)?" } ?? "see 'ops breakers'"
        }
    }
}
