import ArgumentParser
import CommandRuntime
import Ingest

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Compares what is kept of a series with what the exchange says now.",
        discussion: """
            The exchange's days tell in one request whether something is wrong, its hours then where. A day does not show an \
            hour's own open or close (--hours), and an hour not the prices inside it (--full). Example:
              ingest audit --series BTCUSD-1m --repair
            """)

    @OptionGroup var series: SeriesOptions
    @OptionGroup var patience: PatienceOptions
    @OptionGroup var common: CommonOptions

    @Flag(help: "Store what the exchange says now where it differs; old and new values are kept as revisions.")
    var repair = false

    @Flag(help: "Compare every hour, also where all days are right; one request for 10,000 hours.")
    var hours = false

    @Flag(help: "Read every kept candle again.")
    var full = false

    func run() async throws {
        let output = common.output
        try await output.run {
            let settings = try await common.settings()
            output.keep(in: settings.logs, as: JobKind.audit.name)
            if hours, full { throw OptionsFault.conflict("--hours", "--full") }
            let job = AuditJob(
                series: try series.resolved(settings), repairs: repair,
                depth: full ? .candles : hours ? .hours : .days)
            let parts = Composition(settings: settings, outage: try patience.value())
            let stop = StopSignals()
            return try await stop.run(grace: .seconds(10)) {
                try await AuditRun(output: output, stop: stop).run(job, parts)
            }
        }
    }
}
