package import Jobs
import Logging
import Resilience

/// The `--json` form of a bootstrap, and of its plan.
package struct BootstrapDocument: Encodable {
    package struct Item: Encodable {
        package let name: String
        package let state: String
    }

    package struct Problem: Encodable {
        let code: String
        let message: String
        let hint: String?

        init(_ fault: any Fault) {
            code = fault.code
            message = fault.summary
            hint = fault.hint
        }
    }

    /// What was done for one series, or would be.
    package struct Entry: Encodable {
        let series: String
        package var plan: PlanDocument?
        var backfill: BackfillDocument?
        package var files: [Item] = []
        package var timers: [Item] = []
        var problem: Problem?

        init(_ instance: BootstrapInstance) { series = "\(instance.series)" }
    }

    package struct Skipped: Encodable {
        let symbol: String
        let reason: String
    }

    var series: [Entry] = []
    var skipped: [Skipped] = []
    /// Why no timer was enabled.
    var timers_problem: Problem?
    private(set) var exit_code: Int32 = 0

    /// How each part ended; the worst is the exit code.
    var statuses: [ExitStatus] = [] { didSet { exit_code = status.rawValue } }

    package var status: ExitStatus { .worst(of: statuses) }

    private enum CodingKeys: CodingKey { case series, skipped, timers_problem, exit_code }

    /// Records what was left out and says so; a name that a person gave counts as not done.
    package mutating func note(_ choices: [SymbolChoice.Skipped], on output: any JobOutput) {
        for choice in choices {
            skipped.append(Skipped(symbol: choice.name, reason: choice.reason))
            output.note(
                "\(choice.wasNamed ? "warning" : "note"): \(choice.name) is left out: \(choice.reason)",
                choice.wasNamed ? .warning : .info)
            if choice.wasNamed { statuses.append(.partial) }
        }
    }
}
