import ArgumentParser
import Candles
import CommandRuntime
import Foundation
import Ingest

struct BootstrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap",
        abstract: "Download the last days of several symbols, write their env files and enable their timers.",
        discussion: """
            Without --symbols it uses a list of common USD pairs. A second run only adds the newest candles. The units of \
            scripts/install-user-units must be installed, unless --no-timers is given. Example:
              ingest bootstrap --timeframe 1m --lookback-days 3 --enable-gap-repair
            """)

    @Option(help: "Pairs or perpetuals, such as BTCUSD,ETHUSD,DUSK:USD. Default: about 20 common USD pairs.")
    var symbols: String?

    @Option(help: "One of 1m, 5m, 15m, 30m, 1h, 3h, 6h, 12h, 1D.")
    var timeframe = "1m"

    @Option(help: "Number of days before now to download.")
    var lookbackDays = 3

    @Flag(help: "Also enable the timers of gap repair.")
    var enableGapRepair = false

    @Flag(help: "Skip symbols that the exchange does not list, and continue if one fails.")
    var ignoreErrors = false

    @Flag(help: "Print the requests, minutes, bytes, files and timers. Change nothing.")
    var dryRun = false

    @Flag(help: "Enable no timers: for a machine without systemd.")
    var noTimers = false

    @OptionGroup var patience: PatienceOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            guard (1...36_500).contains(lookbackDays) else {
                throw OptionsFault.outOfRange("--lookback-days", "1 to 36500")
            }
            let timeframe = try Timeframe(timeframe)
            let names = symbols.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
            let stop = StopSignals()
            let parts = Composition(
                settings: try await common.settings(SettingPart.ingest), outage: try patience.value(), stop: stop)
            if !dryRun { output.keep(in: parts.settings.logs, as: "bootstrap") }
            return try await stop.run(grace: .seconds(10)) {
                let exchange = parts.exchange(
                    try parts.journal(), .backfill, emit: ProgressReport(output: output).receive)
                let choice = try SymbolChoice(
                    named: names, listed: try await exchange.symbols(), ignoringErrors: ignoreErrors)
                let run = BootstrapRun(
                    .init(days: lookbackDays, gapRepair: enableGapRepair, ignoresErrors: ignoreErrors), parts: parts,
                    output: output, folder: EnvFolder(environment: ProcessInfo.processInfo.environment),
                    timers: noTimers ? nil : UserTimers())
                let instances = choice.chosen.map {
                    BootstrapInstance(Series(symbol: $0, timeframe: timeframe), gapRepair: enableGapRepair)
                }
                var document =
                    dryRun
                    ? try await run.plan(instances, database: parts.settings.database, show: show)
                    : try await run.run(instances)
                document.note(choice.skipped, on: output)
                if output.json { output.print(document) }
                return document.status
            }
        }
    }

    private func show(_ entry: BootstrapDocument.Entry) {
        if common.json { return }
        common.output.say(lines: entry.plan?.lines ?? [])
        for item in entry.files + entry.timers { common.output.say("  \(item.name): \(item.state)") }
    }
}
