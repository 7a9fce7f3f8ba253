import ArgumentParser

@main struct BitfinexReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bitfinex-replay",
        abstract: "Bitfinex's public API, offline: recorded or generated candles behind the exchange's own paths.",
        subcommands: [ServeCommand.self])
}
