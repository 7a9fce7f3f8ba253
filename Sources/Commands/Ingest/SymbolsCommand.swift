import ArgumentParser
import Candles
import CommandRuntime
import Ingest
import Jobs
import Resilience

struct SymbolsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "symbols", abstract: "List the pairs and perpetuals of the exchange.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let parts = Composition(settings: try await common.settings(SettingPart.ingest))
            let output = common.output
            let symbols = try await StopSignals().run(grace: .zero) {
                try await parts.exchange(parts.journal(), .backfill, emit: { _ in }).symbols()
            }
            if common.json {
                output.print(["symbols": symbols.map(\.name)])
            } else {
                for symbol in symbols { output.say(symbol.name) }
            }
            return .complete
        }
    }
}
