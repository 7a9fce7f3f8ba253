/// Why a connection that is open is given up.
package enum SessionEnd: Error, Sendable, Equatable, CustomStringConvertible {
    /// The exchange restarts its servers.
    case restart
    /// It was asked for too much, and this address is banned for a while.
    case rateLimited
    case maintenanceOver
    case maintenanceTooLong(seconds: Int64)
    case silent(seconds: Int64)
    case noPong
    case sequence(expected: Int, found: Int)

    package var description: String {
        switch self {
        case .rateLimited: "the exchange says that it was asked for too much"
        case .restart: "the exchange restarts its servers"
        case .maintenanceOver: "the exchange's maintenance is over"
        case .maintenanceTooLong(let seconds): "the exchange's maintenance has no end after \(seconds) s"
        case .silent(let seconds): "nothing came for \(seconds) s"
        case .noPong: "a ping was not answered"
        case .sequence(let expected, let found): "frame \(found) came instead of \(expected)"
        }
    }
}

/// Why a channel gives nothing.
package enum ChannelLoss: Sendable, Equatable, CustomStringConvertible {
    case maintenance
    case silent(seconds: Int64)
    case notAcknowledged
    case refused(code: Int, message: String)
    /// Prices changed elsewhere, and the channel said nothing.
    case stale
    case connection

    package var description: String {
        switch self {
        case .maintenance: "the exchange is in maintenance"
        case .silent(let seconds): "nothing came for \(seconds) s"
        case .notAcknowledged: "the subscription was not answered"
        case .refused(let code, let message): "the subscription was refused: \(message) (\(code))"
        case .stale: "the price changed and no candle came"
        case .connection: "the connection ended"
        }
    }
}
