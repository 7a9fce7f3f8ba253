import ArgumentParser
import Candles
import CommandRuntime
import Foundation
import Ingest
import Jobs
import Resilience

struct StreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Keep series up to date over the WebSocket until stopped. REST confirms each candle.",
        discussion: """
            Without --symbols it streams every stored series, and starts new ones within two minutes. Example:
              ingest stream --symbols BTCUSD,ETHUSD --timeframe 1m
            """)

    @Option(help: "Pairs or perpetuals, such as BTCUSD,DUSK:USD. Default: every stored series.")
    var symbols: String?

    @Option(help: "One of 1m, 5m, 15m, 30m, 1h, 3h, 6h, 12h, 1D. Default: with --symbols CT_TIMEFRAME or 1m, else all.")
    var timeframe: String?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            let settings = try await common.settings(SettingPart.ingest)
            output.keep(in: settings.logs, as: JobKind.stream.name)
            let named = try named(settings)
            let filter = try timeframe.map { try Timeframe($0) }
            let stop = StopSignals()
            return try await stop.run(grace: .seconds(10)) {
                let parts = Composition(settings: settings, outage: Patience(limit: Self.patience), stop: stop)
                try await StreamRun(parts: parts, output: output).run(named: named, timeframe: filter)
                return .complete
            }
        }
    }

    /// Of one question; the stream itself waits for whatever is away without an end.
    private static let patience = Duration.seconds(600)

    /// The series that the command line names; nil for all that are kept.
    private func named(_ settings: Settings) throws -> [Series]? {
        guard let symbols else { return nil }
        let timeframe = try timeframe.map { try Timeframe($0) } ?? settings.timeframe ?? .minute1
        let names = symbols.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let series = try names.map { Series(symbol: try Symbol($0), timeframe: timeframe) }
        if series.isEmpty { throw OptionsFault.missing("--symbols") }
        return Array(Set(series)).sorted()
    }
}
