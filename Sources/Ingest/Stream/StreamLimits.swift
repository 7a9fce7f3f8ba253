/// How long the stream waits for what, in milliseconds, and how much it asks of one connection.
///
/// - Source: <https://docs.bitfinex.com/docs/ws-general>: heartbeats come every 15 s on every channel, maintenance takes "120
///   seconds at most", 25 channels a connection.
package struct StreamLimits: Sendable, Equatable {
    package var channelsPerSocket = 25
    /// Two heartbeats missed and a little.
    package var socketSilence: Int64 = 35_000
    package var channelSilence: Int64 = 45_000
    package var maintenance: Int64 = 150_000
    package var acknowledgement: Int64 = 10_000
    package var pingInterval: Int64 = 20_000
    package var pong: Int64 = 7_000
    /// After a refusal of one channel.
    package var refusal: Int64 = 60_000
    package var handshake: Int64 = 15_000

    package init() {}
}
