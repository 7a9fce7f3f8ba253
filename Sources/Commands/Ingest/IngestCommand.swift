import ArgumentParser
import CommandRuntime

@main
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Download and keep a complete, proven candle history of Bitfinex.",
        discussion: """
            Every interval is present, confirmed empty (the exchange was asked and had none) or unknown. Exit codes: 0 complete, \
            10 partial, 11 rate limited, 12 data suspect, 64 usage, 69 unavailable, 74 storage, 75 busy, 78 configuration.
            """,
        version: ProgramVersion.text,
        subcommands: [
            BackfillCommand.self, RealtimeCommand.self, StreamCommand.self, GapRepairCommand.self,
            AuditCommand.self, BootstrapCommand.self, ExportCommand.self, StatusCommand.self,
            GapsCommand.self, SymbolsCommand.self, MigrateCommand.self, ForgetCommand.self,
        ])

    static func main() async { await runProgram() }
}
