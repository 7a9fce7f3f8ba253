import ArgumentParser
import CommandRuntime
import Ingest

struct GapRepairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gap-repair",
        abstract: "Download the missing candles of the last days of a series, with as few requests as possible.",
        discussion: """
            Confirmed empty intervals are requested once more within 48 hours, and later only with --recheck. Example:
              ingest gap-repair --series BTCUSD-1m --lookback-days 30
            """)

    @OptionGroup var series: SeriesOptions
    @OptionGroup var patience: PatienceOptions
    @OptionGroup var common: CommonOptions

    @Option(help: "Number of days to look back. Default: CT_LOOKBACK_DAYS.")
    var lookbackDays: Int?

    @Flag(help: "Request every interval that was confirmed empty again.")
    var recheck = false

    func run() async throws {
        let output = common.output
        try await output.run {
            let settings = try await common.settings(SettingPart.ingest)
            output.keep(in: settings.logs, as: JobKind.gapRepair.name)
            let days = lookbackDays ?? settings.lookbackDays
            guard (1...36_500).contains(days) else { throw OptionsFault.outOfRange("--lookback-days", "1 to 36500") }
            let job = BackfillJob.gapRepair(try series.resolved(settings), daysBack: days, recheckAll: recheck)
            let stop = StopSignals()
            let parts = Composition(settings: settings, outage: try patience.value(), stop: stop)
            return try await stop.run(grace: .seconds(10)) { try await output.backfill(job, as: .gapRepair, parts) }
        }
    }
}
