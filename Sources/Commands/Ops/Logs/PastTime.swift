import ArgumentParser
import Candles

/// A moment in the past as people say it: `30m`, `1h` and `2d` ago, or a time.
enum PastTime: ExpressibleByArgument, Equatable {
    case ago(milliseconds: Int64)
    case at(UnixMilliseconds)

    init?(argument: String) {
        if let match = argument.wholeMatch(of: /(\d{1,6})([smhd])/), let count = Int64(match.1) {
            let units: [Substring: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
            self = .ago(milliseconds: count * (units[match.2] ?? 0))
        } else if let time = try? UnixMilliseconds(iso8601: argument) {
            self = .at(time)
        } else {
            return nil
        }
    }

    func before(_ now: UnixMilliseconds) -> UnixMilliseconds {
        switch self {
        case .ago(let milliseconds): now - milliseconds
        case .at(let time): time
        }
    }
}
