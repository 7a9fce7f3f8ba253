package import Candles

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
