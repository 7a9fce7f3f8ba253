import ArgumentParser
import Candles
import CommandRuntime
import Ingest
import Jobs
import Storage

struct GapsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gaps", abstract: "List the time ranges that have not been downloaded.",
        discussion: "A minute without a trade is not a gap: the exchange confirmed that it has no candle for it.")

    @OptionGroup var series: SeriesOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let isWanted = try series.filter()
            let store = try await Composition(settings: common.settings(SettingPart.ingest)).openStore()
            let gaps = try await store.gaps(now: Composition.now()).filter { isWanted($0.series) }
            await store.close()
            if common.json {
                common.output.print(["gaps": gaps.map(GapDocument.init)])
            } else if gaps.isEmpty {
                common.output.say("Nothing is unknown.")
            } else {
                var table = TextTable(["series", "from", "to", "intervals"])
                for gap in gaps {
                    table.add(["\(gap.series)", gap.range.start.iso8601, gap.range.end.iso8601, "\(gap.intervals)"])
                }
                for line in table.lines { common.output.say(line) }
            }
            return .complete
        }
    }
}
