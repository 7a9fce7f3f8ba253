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

/// What is served.
struct CandleOptions: ParsableArguments {
    @Option(
        help: "Folder of SYMBOL_TIMEFRAME_YEAR.jsonl.gz files; a colon may be written as an underscore.")
    var data: String?
    @Option(help: "Symbols to generate candles for, such as BTCUSD,ETHUSD.")
    var generate: String?
    @Option(help: "Start of the generated candles (default: 30 days before their end).")
    var from: String?
    @Option(help: "End of the generated candles, exclusive (default: tomorrow, so that new ones keep appearing).")
    var to: String?
    @Option(help: "Seed of the generated candles.")
    var seed: UInt64 = 1
    @Option(help: "Share of the generated intervals without a trade, from 0 to 0.99.")
    var quiet = 0.3
    @Option(help: "Timeframe of the generated candles; longer ones are folded from it.")
    var generateTimeframe = "1m"
    @Flag(help: "Move each recording by whole days, so that it ends now. Later candles appear as time passes.")
    var shiftToNow = false
    @Flag(help: "Serve the row of the current interval as it was recorded, from the start of the interval.")
    var wholeForming = false

    func validate() throws {
        if data == nil, generate ?? "" == "" {
            throw ValidationError("there is nothing to serve: name a folder with --data, or symbols with --generate")
        }
        if data != nil, generate != nil { throw ValidationError("--data and --generate exclude each other") }
        guard (0...0.99).contains(quiet) else {
            throw ValidationError("--quiet is '\(quiet)', but must be from 0 to 0.99")
        }
        if let start = try CandleOptions.time(from, "--from"), let end = try CandleOptions.time(to, "--to"),
            start >= end
        {
            throw ValidationError("--from is '\(from ?? "")', but must be before --to")
        }
    }

    /// - Throws: `SeriesFault` or `ReplayFault`.
    func source(now: UnixMilliseconds) throws -> any CandleSource {
        if let data { return try RecordedFolder(URL(filePath: data)) }
        let timeframe = try Timeframe(generateTimeframe)
        let day = Timeframe.day1.milliseconds
        let end = try CandleOptions.time(to, "--to") ?? timeframe.floor(now + day)
        let start = try CandleOptions.time(from, "--from") ?? end - 30 * day
        let symbols = try (generate ?? "").split(separator: ",").map { try Symbol(String($0)) }
        return RandomWalk(
            .init(symbols: symbols, range: TimeRange(start, end), timeframe: timeframe, seed: seed, quiet: quiet))
    }

    /// Row times are printed and moved in thirteen digits.
    private static let thirteenDigits: Range<UnixMilliseconds> = 1_000_000_000_000..<10_000_000_000_000

    /// The time that an option names, if it is given.
    static func time(_ text: String?, _ option: String) throws -> UnixMilliseconds? {
        guard let text else { return nil }
        guard let time = try? UnixMilliseconds(iso8601: text) else {
            throw ValidationError("\(option) is '\(text)', but must be as 2024-01-31 or 2024-01-31T12:00:00Z")
        }
        guard CandleOptions.thirteenDigits.contains(time) else {
            throw ValidationError("\(option) is '\(text)', but must be between the years 2002 and 2285")
        }
        return time
    }
}

/// The market's time.
struct ClockOptions: ParsableArguments {
    @Option(help: "Market time at which the server starts, such as 2024-01-31T12:00:00Z (default: now).")
    var playFrom: String?
    @Option(help: "Speed of the market time: 60 means one hour a minute.")
    var speed = 1.0

    func validate() throws {
        _ = try CandleOptions.time(playFrom, "--play-from")
        guard (0.01...100_000).contains(speed) else {
            throw ValidationError("--speed is '\(speed)', but must be from 0.01 to 100000")
        }
    }

    /// Where the market's time starts.
    func start() throws -> UnixMilliseconds {
        try CandleOptions.time(playFrom, "--play-from") ?? UnixMilliseconds(Date().timeIntervalSince1970 * 1000)
    }

    /// A clock that starts now; without options the wall clock, which follows corrections of the host's time.
    func clock() throws -> ReplayClock {
        if playFrom == nil, speed == 1 {
            return ReplayClock(
                now: { UnixMilliseconds(Date().timeIntervalSince1970 * 1000) }, sleep: { try await Task.sleep(for: $0) }
            )
        }
        let start = try start()
        let began = ContinuousClock.now
        let speed = speed
        return ReplayClock(
            now: { start + UnixMilliseconds((began.duration(to: .now) / .milliseconds(1)) * speed) },
            sleep: { try await Task.sleep(for: $0 / speed) })
    }
}

/// How it is served.
struct ServerOptions: ParsableArguments {
    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"
    @Option(help: "Port to listen on. 0 chooses a free port, and the first line of output names it.")
    var port = 0
    @Option(help: "Candle requests allowed in any 60 seconds (default: no limit).")
    var rateLimit: Int?
    @Option(help: "Seconds for which all requests are refused after the limit was exceeded.")
    var blockSeconds = 60
    @Flag(help: "Send Retry-After with a refusal.")
    var retryAfter = false
    @Option(help: "Milliseconds by which every reply is delayed.")
    var latencyMs = 0
    @Option(help: "Maximum number of channels of a WebSocket connection.")
    var wsChannelLimit = 30
    @Option(help: "WebSocket connections allowed in any 60 seconds (default: no limit).")
    var wsConnectionLimit: Int?
    @Option(help: "Seconds of market time after which an idle WebSocket connection without a subscription is closed.")
    var wsIdleSeconds = 60
    @Option(help: "Milliseconds of market time between WebSocket updates.")
    var wsUpdateMs = 1_000

    var settings: ReplaySettings {
        var settings = ReplaySettings()
        settings.host = host
        settings.port = port
        settings.rateLimit = rateLimit
        settings.block = .seconds(blockSeconds)
        settings.sendsRetryAfter = retryAfter
        settings.latency = .milliseconds(latencyMs)
        settings.channelLimit = wsChannelLimit
        settings.connectionLimit = wsConnectionLimit
        settings.idleLimit = .seconds(wsIdleSeconds)
        settings.updateInterval = .milliseconds(wsUpdateMs)
        return settings
    }

    func validate() throws {
        try require("--port", port, in: 0...65_535)
        try require("--rate-limit", rateLimit ?? 1, in: 1...1_000_000)
        try require("--block-seconds", blockSeconds, in: 0...86_400)
        try require("--latency-ms", latencyMs, in: 0...600_000)
        try require("--ws-channel-limit", wsChannelLimit, in: 1...1_000)
        try require("--ws-connection-limit", wsConnectionLimit ?? 1, in: 1...1_000_000)
        try require("--ws-idle-seconds", wsIdleSeconds, in: 1...31_536_000)
        try require("--ws-update-ms", wsUpdateMs, in: 1...3_600_000)
    }

    private func require(_ option: String, _ value: Int, in range: ClosedRange<Int>) throws {
        if range.contains(value) { return }
        throw ValidationError("\(option) is '\(value)', but must be from \(range.lowerBound) to \(range.upperBound)")
    }
}
