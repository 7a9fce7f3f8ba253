import Candles
import Storage

/// How long a bar is: one of the exchange's timeframes, or a period of days.
enum BarLength: Sendable, Hashable {
    case timeframe(Timeframe)
    case period(DerivedPeriod)

    /// The shortest first.
    static let all = Timeframe.allCases.sorted().map(Self.timeframe) + DerivedPeriod.allCases.map(Self.period)

    init?(_ name: String) {
        guard let length = Self.all.first(where: { $0.name == name }) else { return nil }
        self = length
    }

    var name: String {
        switch self {
        case .timeframe(let timeframe): timeframe.rawValue
        case .period(let period): period.rawValue
        }
    }

    /// Nil for months, whose length varies.
    var milliseconds: Int64? {
        switch self {
        case .timeframe(let timeframe): timeframe.milliseconds
        case .period(.week): 7 * Timeframe.day1.milliseconds
        case .period(.fortnight): 14 * Timeframe.day1.milliseconds
        case .period(.month): nil
        }
    }

    /// The last boundary at or before `time`.
    func floor(_ time: UnixMilliseconds) -> UnixMilliseconds { stretch(containing: time).start }

    /// The end of the bar that begins at a boundary.
    func end(_ start: UnixMilliseconds) -> UnixMilliseconds { stretch(containing: start).end }

    /// The first boundary at or after `time`.
    func ceiling(_ time: UnixMilliseconds) -> UnixMilliseconds {
        let stretch = stretch(containing: time)
        return stretch.start == time ? time : stretch.end
    }

    private func stretch(containing time: UnixMilliseconds) -> TimeRange {
        switch self {
        case .timeframe(let timeframe):
            let start = timeframe.floor(time)
            return TimeRange(start, start + timeframe.milliseconds)
        case .period(let period): return period.stretch(containing: time)
        }
    }
}
