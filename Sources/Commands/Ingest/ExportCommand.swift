import ArgumentParser
import Backup
import Candles
import CommandRuntime
import FoundationEssentials
import Ingest
import Jobs
import Storage

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the candles of a series as CSV or JSON lines.",
        discussion: """
            Unknown intervals have no row. If there are any, a note counts them and the exit code is 10. Example:
              ingest export --series BTCUSD-1m --start 2024-01-01 --end 2024-02-01 --output january.csv
            """)

    enum Filling: String, ExpressibleByArgument, CaseIterable { case flat }

    @OptionGroup var series: SeriesOptions
    @OptionGroup var common: CommonOptions

    @Option(help: "Start, inclusive. Default: the first stored candle.")
    var start: String?

    @Option(help: "End, exclusive. Default: the end of the stored history.")
    var end: String?

    @Option(help: "csv or jsonl.")
    var format: ExportText.Format = .csv

    @Option(
        help: "flat: add a row with the last close and volume 0, marked filled, for each interval without a trade.")
    var fill: Filling?

    @Flag(help: "Also write candles that the exchange may still change.")
    var provisional = false

    @Option(help: "The file to write. It appears only when it is complete. Default: stdout.")
    var output: String?

    @Flag(help: "Replace the file of --output if it exists.")
    var overwrite = false

    func run() async throws {
        try await common.output.run {
            if common.json, output == nil { throw OptionsFault.conflict("--json", "an export to stdout") }
            if overwrite, output == nil { throw OptionsFault.conflict("--overwrite", "an export to stdout") }
            let settings = try await common.settings(SettingPart.ingest)
            let target = output.map { path in
                OutputTarget(
                    path: path, overwrites: overwrite, database: settings.database, journal: settings.journalFile.path,
                    isOfBackup: BackupName.isTaken)
            }
            try target?.check()
            let job = ExportJob(
                series: try series.resolved(settings), start: try start.map { try UnixMilliseconds(iso8601: $0) },
                end: try end.map { try UnixMilliseconds(iso8601: $0) }, fillsFlat: fill != nil,
                withProvisional: provisional)
            try job.check(now: Composition.now())
            let stop = StopSignals()
            return try await stop.run(grace: .seconds(10)) {
                let parts = Composition(settings: settings, stop: stop)
                let run = ExportRun(parts: parts, output: common.output, format: format, target: target)
                guard let report = try await run.run(job) else { return .complete }
                if common.json { common.output.print(ExportDocument(report, path: target?.path)) }
                return report.exitStatus
            }
        }
    }
}

extension ExportText.Format: ExpressibleByArgument {}
