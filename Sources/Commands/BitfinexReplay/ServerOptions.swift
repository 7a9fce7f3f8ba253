import ArgumentParser
import BitfinexReplay

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
