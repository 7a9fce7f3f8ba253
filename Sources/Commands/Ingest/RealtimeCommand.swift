import ArgumentParser
import CommandRuntime
import Ingest

struct RealtimeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "realtime",
        abstract: "Download the newest candles of a series once. The timers of each minute run this.",
        discussion: """
            A candle is final once a request made 60 s after its end returned it. Later ones are stored as provisional. An empty \
            series starts CT_LOOKBACK_DAYS ago. Example:
              ingest realtime --series BTCUSD-1m
            """)

    @OptionGroup var series: SeriesOptions
    @OptionGroup var patience: PatienceOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            let settings = try await common.settings(SettingPart.ingest)
            output.keep(in: settings.logs, as: JobKind.realtime.name)
            let job = BackfillJob.realtime(try series.resolved(settings), elseDaysBack: settings.lookbackDays)
            let stop = StopSignals()
            let parts = Composition(settings: settings, outage: try patience.value(), stop: stop)
            return try await stop.run(grace: .seconds(10)) { try await output.backfill(job, as: .realtime, parts) }
        }
    }
}
