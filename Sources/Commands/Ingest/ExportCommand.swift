import ArgumentParser
import Candles
import CommandRuntime
import Ingest

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the candles of a series as CSV or JSON lines.",
        discussion: """
            What is unknown has no row; a note then says how many intervals, and the exit code is 10. Example:
              ingest export --series BTCUSD-1m --start 2024-01-01 --end 2024-02-01 --output january.csv
            """)

    enum Filling: String, ExpressibleByArgument, CaseIterable { case flat }

    @OptionGroup var series: SeriesOptions
    @OptionGroup var common: CommonOptions

    @Option(help: "First moment, included. Default: the beginning of what is kept.")
    var start: String?

    @Option(help: "Last moment, excluded. Default: the end of what is known.")
    var end: String?

    @Option(help: "csv or jsonl.")
    var format: ExportText.Format = .csv

    @Option(
        help: "flat: a row with the last close and volume 0 for each interval in which nobody traded, marked filled.")
    var fill: Filling?

    @Flag(help: "Also write rows that the exchange may still change.")
    var provisional = false

    @Option(help: "The file to write, whole or not at all. Default: stdout.")
    var output: String?

    @Flag(help: "Replace the file of --output where it is there already.")
    var overwrite = false

    func run() async throws {
        try await common.output.run {
            if common.json, output == nil { throw OptionsFault.conflict("--json", "an export to stdout") }
            if overwrite, output == nil { throw OptionsFault.conflict("--overwrite", "an export to stdout") }
            let settings = try await common.settings()
            let target = output.map { OutputTarget(path: $0, overwrites: overwrite, settings: settings) }
            try target?.check()
            let job = ExportJob(
                series: try series.resolved(settings), start: try start.map { try UnixMilliseconds(iso8601: $0) },
                end: try end.map { try UnixMilliseconds(iso8601: $0) }, fillsFlat: fill != nil,
                withProvisional: provisional)
            try job.check(now: Composition.now())
            let stop = StopSignals()
            return try await stop.run(grace: .seconds(10)) {
                try await ExportRun(output: common.output, stop: stop, format: format, target: target).run(
                    job, Composition(settings: settings))
            }
        }
    }
}

extension ExportText.Format: ExpressibleByArgument {}
