package import ArgumentParser
import Foundation

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
