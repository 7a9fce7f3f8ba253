import ArgumentParser
import Candles
import CommandRuntime
import Ingest
import Jobs
import Storage

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract:
            "Show the completeness and the age of each stored series.")

    @OptionGroup var series: SeriesOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let isWanted = try series.filter()
            let store = try await Composition(settings: common.settings(SettingPart.ingest)).openStore()
            let now = Composition.now()
            let rows = try await store.overview(now: now).filter { isWanted($0.series) }
            await store.close()
            if common.json {
                common.output.print(["series": rows.map { StatusDocument($0, now: now) }])
            } else if rows.isEmpty {
                common.output.say(
                    "No series yet. Try: ingest backfill --symbol BTCUSD --timeframe 1h --lookback-days 30")
            } else {
                for line in Self.table(rows, now: now).lines { common.output.say(line) }
            }
            return .complete
        }
    }

    private static func table(_ rows: [SeriesOverview], now: UnixMilliseconds) -> TextTable {
        var table = TextTable(["series", "first", "last", "candles", "empty", "unknown", "suspect", "age"])
        for row in rows {
            table.add([
                "\(row.series)", row.first?.iso8601 ?? "-", row.last?.iso8601 ?? "-", "\(row.count)", "\(row.empty)",
                "\(row.unknown)", "\(row.suspect)", StatusDocument(row, now: now).age,
            ])
        }
        return table
    }
}
