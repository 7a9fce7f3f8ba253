import ArgumentParser
import CommandRuntime
import Ingest
import Jobs

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Compare the stored candles of a series with the exchange.",
        discussion: """
            One request for the days of the exchange shows whether something differs. Requests for hours show where. Days do not \
            reveal a wrong open or close of an hour (--hours), and hours do not reveal wrong prices inside them (--full). Example:
              ingest audit --series BTCUSD-1m --repair
            """)

    @OptionGroup var series: SeriesOptions
    @OptionGroup var patience: PatienceOptions
    @OptionGroup var common: CommonOptions

    @Flag(help: "Store the exchange's values where they differ. Old and new values are kept as revisions.")
    var repair = false

    @Flag(help: "Compare every hour, even if all days match. One request covers 10,000 hours.")
    var hours = false

    @Flag(help: "Download every stored candle again.")
    var full = false

    func run() async throws {
        let output = common.output
        try await output.run {
            let settings = try await common.settings(SettingPart.ingest)
            output.keep(in: settings.logs, as: JobKind.audit.name)
            if hours, full { throw OptionsFault.conflict("--hours", "--full") }
            let job = AuditJob(
                series: try series.resolved(settings), repairs: repair,
                depth: full ? .candles : hours ? .hours : .days)
            let stop = StopSignals()
            let parts = Composition(settings: settings, outage: try patience.value(), stop: stop)
            return try await stop.run(grace: .seconds(10)) {
                let report = try await AuditRun(parts: parts, output: output).run(job)
                if output.json { output.print(AuditDocument(report)) }
                return report.outcome.exitStatus
            }
        }
    }
}
