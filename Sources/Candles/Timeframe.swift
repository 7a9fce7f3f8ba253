import Resilience

/// The length of one candle; every case is a fixed number of milliseconds, aligned to the epoch (UTC).
///
/// `1W`, `14D` and `1M` are absent on purpose: the exchange's own history of them is corrupt, so they are views over `1D`.
package enum Timeframe: String, CaseIterable, Sendable, Comparable, CustomStringConvertible {
    case minute1 = "1m"
    case minute5 = "5m"
    case minute15 = "15m"
    case minute30 = "30m"
    case hour1 = "1h"
    case hour3 = "3h"
    case hour6 = "6h"
    case hour12 = "12h"
    case day1 = "1D"

    /// Bitfinex's own maximum for one call.
    /// - Source: <https://docs.bitfinex.com/reference/rest-public-candles>
    package static let maximumCandlesPerCall = 10_000

    /// Parses the exchange's spelling; case matters (`1m` is a minute, `1M` a month).
    package init(_ text: String) throws(SeriesFault) {
        if let known = Timeframe(rawValue: text) {
            self = known
            return
        }
        if ["1W", "7D", "14D", "1M"].contains(text) { throw .derivedTimeframe(text) }
        throw .unknownTimeframe(text, nearest: Spelling.nearest(to: text, in: Timeframe.allCases.map(\.rawValue)))
    }

    package var milliseconds: Int64 {
        let minute: Int64 = 60_000
        switch self {
        case .minute1: return minute
        case .minute5: return 5 * minute
        case .minute15: return 15 * minute
        case .minute30: return 30 * minute
        case .hour1: return 60 * minute
        case .hour3: return 180 * minute
        case .hour6: return 360 * minute
        case .hour12: return 720 * minute
        case .day1: return 1440 * minute
        }
    }

    /// The last boundary at or before `time`.
    package func floor(_ time: UnixMilliseconds) -> UnixMilliseconds {
        let remainder = time % milliseconds
        return remainder < 0 ? (time - remainder).minus(milliseconds) : time - remainder
    }

    /// The first boundary at or after `time`.
    package func ceiling(_ time: UnixMilliseconds) -> UnixMilliseconds {
        let below = self.floor(time)
        return below == time ? time : below.plus(milliseconds)
    }

    /// The end of the newest interval that ended at least `grace` ago: up to here a read can be final.
    package func settledBoundary(at now: UnixMilliseconds, grace: Duration = .seconds(60)) -> UnixMilliseconds {
        self.floor(now.minus(grace.milliseconds))
    }

    package var description: String { rawValue }
    package static func < (a: Timeframe, b: Timeframe) -> Bool { a.milliseconds < b.milliseconds }
}
