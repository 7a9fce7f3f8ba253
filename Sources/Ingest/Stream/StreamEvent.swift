package import Candles
package import Resilience

/// What the stream did, as it happens.
package enum StreamEvent: Sendable {
    case connected(socket: Int, channels: Int)
    case disconnected(socket: Int, reason: String, retryAfter: Duration)
    case live(Series)
    case lost(Series, ChannelLoss)
    /// Provisional rows are in the database, so long after their frame came.
    case committed(rows: Int, latency: Duration)
    case settled(BackfillReport)
    /// A reading by REST did not come about; the series' turn comes again.
    case settleFailed(Series, any Fault)
    /// The database did not take rows; they are kept and offered again.
    case storeFailed(any Fault)
    /// The prices of so many symbols were read.
    case tickers(Int)
    case tickersFailed(any Fault)
    /// No loop has waited for longer than it may.
    case beat(StreamStatus)
}

/// The stream at a glance.
package struct StreamStatus: Sendable, Equatable {
    package let series: Int
    package let live: Int
    /// Since the series that was read by REST longest ago was read; nil while one never was.
    package let oldestReading: Duration?

    /// Whether every series was read by REST and is heard on its channel.
    package var isComplete: Bool { series > 0 && live == series && oldestReading != nil }

    package init(series: Int, live: Int, oldestReading: Duration?) {
        self.series = series
        self.live = live
        self.oldestReading = oldestReading
    }
}
