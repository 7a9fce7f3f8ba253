import ArgumentParser
import BitfinexReplay
import Candles
import Foundation
import Logging
import Resilience
import ServiceLifecycle
import UnixSignals

/// `bitfinex-replay serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve candles until SIGTERM or SIGINT.",
        discussion: """
            Recorded:   bitfinex-replay serve --data recordings --shift-to-now --rate-limit 30
            Played:     bitfinex-replay serve --data recordings --play-from 2017-03-01 --speed 60
            Generated:  bitfinex-replay serve --generate BTCUSD,ETHUSD --from 2024-01-01 --to 2024-02-01 --seed 7

            Then:       curl 'http://127.0.0.1:PORT/v2/candles/trade:1m:tBTCUSD/hist?limit=3'
            Control:    GET /__stats, POST /__reset, POST /__fault
                        curl -d '{"fault":"rate_limited","path":"/candles/","skip":2,"times":1}' URL/__fault
                        curl -d '{"fault":"ws_sequence_gap","path":":1m:","every":50}' URL/__fault
            WebSocket:  ws://127.0.0.1:PORT/ws/2; the path of a ws_ fault is part of a channel's key

            Faults:     \(FaultEffect.names)
            """)

    @OptionGroup(title: "Candles") var candles: CandleOptions
    @OptionGroup(title: "Clock") var clockOptions: ClockOptions
    @OptionGroup(title: "Server") var server: ServerOptions

    func run() async throws {
        do {
            try await serve()
        } catch is CancellationError {
            return  // A signal is how it is meant to end.
        } catch let fault as any Fault {
            let hint = fault.hint.map { ["Try: \($0)."] } ?? []
            BitfinexReplayCommand.complain(["Error: \(fault.summary) [\(fault.code)]"] + hint)
            throw ExitCode(fault is SeriesFault ? ServeCommand.usage : ServeCommand.unavailable)
        }
    }

    /// A name on the command line that cannot be understood.
    private static let usage: Int32 = 64
    /// No candles, or no port.
    private static let unavailable: Int32 = 69

    private func serve() async throws {
        let start = try clockOptions.start()
        let market = ReplayMarket(
            try candles.source(now: start), shiftedToEndAt: candles.shiftToNow ? start : nil,
            forming: candles.wholeForming ? .whole : .partial)
        try market.load()
        let clock = try clockOptions.clock()
        var logger = Logger(
            label: "bitfinex-replay", factory: { VisibleLogHandler(StreamLogHandler.standardError(label: $0)) })
        logger.logLevel = .error
        let service = ReplayService(
            server: ReplayServer(market, settings: server.settings, clock: clock, logger: logger), host: server.host)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: service)], cancellationSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumCancellationDuration = .seconds(2)
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// Serves, and prints where.
struct ReplayService: Service {
    let server: ReplayServer
    let host: String

    func run() async throws {
        let host = host
        try await server.run { port in
            try? FileHandle.standardOutput.write(contentsOf: Data("listening on http://\(host):\(port)\n".utf8))
        }
    }
}
