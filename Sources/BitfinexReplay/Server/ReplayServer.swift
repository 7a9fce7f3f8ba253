package import Candles
import Hummingbird
import HummingbirdCore
package import Logging
import NIOConcurrencyHelpers

/// Bitfinex's public API, offline: REST, and the WebSocket at `/ws/2` on the same port.
///
/// Faults, counts and blocks are those of `POST /__fault`, `GET /__stats` and `POST /__reset`.
package struct ReplayServer: Sendable {
    private let market: ReplayMarket
    private let settings: ReplaySettings
    private let clock: ReplayClock
    private let logger: Logger
    private let state = NIOLockedValueBox(ReplayState())

    package init(_ market: ReplayMarket, settings: ReplaySettings = .init(), clock: ReplayClock, logger: Logger) {
        self.market = market
        self.settings = settings
        self.clock = clock
        self.logger = logger
    }

    package var statistics: ReplayStatistics { state.withLockedValue { $0.statistics } }

    package func script(_ fault: ScriptedFault) { state.withLockedValue { $0.faults.add(fault) } }

    /// Forgets counts, faults and blocks.
    package func reset() { state.withLockedValue { $0.reset() } }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter onListening: Gets the port, once connections are taken.
    /// - Throws: `ReplayFault.cannotBind`, or `CancellationError`.
    package func run(onListening: @escaping @Sendable (Int) async -> Void) async throws {
        let isListening = NIOLockedValueBox(false)
        let endpoint = WebSocketEndpoint(market: market, settings: settings, clock: clock, state: state)
        let application = Application(
            responder: ReplayResponder(market: market, settings: settings, clock: clock, state: state),
            server: HTTPServerBuilder { UpgradableChannel(responder: $0, endpoint: endpoint) },
            configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: nil),
            onServerRunning: { channel in
                isListening.withLockedValue { $0 = true }
                await onListening(channel.localAddress?.port ?? 0)
            },
            logger: logger)
        do {
            try await application.run()
        } catch let error where !(error is CancellationError) && !isListening.withLockedValue({ $0 }) {
            throw ReplayFault.cannotBind(host: settings.host, port: settings.port, reason: "\(error)")
        }
    }
}

extension ReplayServer {
    /// Serves while `body` runs, and gives it the port.
    ///
    /// - Throws: `ReplayFault.cannotBind`, or what `body` throws.
    package func serving<Result: Sendable>(_ body: (Int) async throws -> Result) async throws -> Result {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                do { try await run { continuation.yield($0) } } catch is CancellationError { return }
            }
            defer { group.cancelAll() }
            for await port in ports { return try await body(port) }
            try await group.waitForAll()
            throw CancellationError()
        }
    }
}

/// How the replay behaves, apart from what it serves.
package struct ReplaySettings: Sendable, Equatable {
    package var host = "127.0.0.1"
    /// 0 takes a free one.
    package var port = 0
    /// Candle requests in any 60 seconds; nil for no limit.
    package var rateLimit: Int?
    /// How long everything is refused after a breach.
    package var block = Duration.seconds(60)
    /// Whether a 429 says how long the block lasts.
    package var sendsRetryAfter = false
    /// How long every reply waits.
    package var latency = Duration.zero
    /// Channels that one WebSocket connection may subscribe to.
    package var channelLimit = 30
    /// WebSocket connections in any 60 seconds, or nil for no limit; a breach is answered with 429 for 60 seconds.
    package var connectionLimit: Int?
    /// How long a WebSocket connection without a subscription may be silent.
    package var idleLimit = Duration.seconds(60)
    /// How often a WebSocket connection looks for something to send, in market time.
    package var updateInterval = Duration.seconds(1)

    package init() {}
}

/// The two uses of time, so that a test can give its own.
package struct ReplayClock: Sendable {
    package var now: @Sendable () -> UnixMilliseconds
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> UnixMilliseconds, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }
}
