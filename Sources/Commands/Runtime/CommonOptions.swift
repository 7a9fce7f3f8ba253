package import ArgumentParser
import Foundation
package import Resilience

/// What every command that opens a database takes.
package struct CommonOptions: ParsableArguments {
    @Option(
        help: "The database: postgres://…, libpq keywords, or sqlite:PATH. Default: DATABASE_URL or POSTGRES_…."
    )
    package var database: String?

    @Flag(help: "Print one JSON document on stdout.")
    package var json = false

    package init() {}

    package var output: CommandOutput { CommandOutput(json: json) }

    /// The settings of `parts`, which the command uses; it sees no others.
    ///
    /// - Throws: `SettingsFault`.
    package func settings(_ parts: Set<SettingPart>) async throws -> Settings {
        try Settings(
            database: database, reading: parts,
            source: await SettingsSource(environment: ProcessInfo.processInfo.environment))
    }
}

/// Options that do not go together, or that are missing.
package enum OptionsFault: Fault {
    case conflict(String, String)
    case missing(String)
    case outOfRange(String, String)
    case notConfirmed(String)

    package var code: String {
        if case .notConfirmed = self { "declined" } else { "options-conflict" }
    }
    package var kind: FaultKind { .usage }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .conflict(let one, let other): "\(one) excludes \(other)"
        case .missing(let name): "\(name) is missing"
        case .outOfRange(let name, let range): "\(name) must be \(range)"
        case .notConfirmed(let what): "\(what) was not confirmed"
        }
    }
    package var hint: String? {
        switch self {
        case .conflict(let one, _): "leave out \(one), or the other"
        case .missing(let name) where !name.hasPrefix("--"): "give \(name); see --help"
        case .missing(let name): "give \(name), or --series BTCUSD-1m"
        case .outOfRange: "see --help"
        case .notConfirmed: "repeat the command with --yes"
        }
    }
}

/// The version of all commands, as health and metrics name it.
package enum ProgramVersion {
    package static let text = "0.5.0"
}
