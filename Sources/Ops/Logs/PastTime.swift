package import Candles

/// A moment in the past as people say it: `30m`, `1h` and `2d` ago, or a time.
package enum PastTime: Equatable {
    case ago(Duration)
    case at(UnixMilliseconds)

    /// - Throws: `SeriesFault.malformedTime`.
    package init(_ text: String) throws(SeriesFault) {
        if let length = Duration(said: text) {
            self = .ago(length)
        } else {
            self = .at(try UnixMilliseconds(iso8601: text))
        }
    }

    package func before(_ now: UnixMilliseconds) -> UnixMilliseconds {
        switch self {
        case .ago(let length): now - length.milliseconds
        case .at(let time): time
        }
    }
}
