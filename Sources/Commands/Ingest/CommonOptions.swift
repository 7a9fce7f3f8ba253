import ArgumentParser
import CommandRuntime
import Foundation

struct CommonOptions: ParsableArguments {
    @Option(
        help: "Where candles are kept: postgres://…, libpq keywords, or sqlite:PATH. Default: DATABASE_URL and its kin."
    )
    var database: String?

    @Flag(help: "Print one JSON document on stdout.")
    var json = false

    var output: CommandOutput { CommandOutput(json: json) }

    func settings() async throws -> Settings {
        try Settings(database: database, source: await SettingsSource(environment: ProcessInfo.processInfo.environment))
    }
}
