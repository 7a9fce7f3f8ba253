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
        case .period(.week): 7 * Self.day
        case .period(.fortnight): 14 * Self.day
        case .period(.month): nil
        }
    }

    /// The last boundary at or before `time`: weeks begin on Monday, 14 days are counted from the epoch.
    func floor(_ time: UnixMilliseconds) -> UnixMilliseconds {
        switch self {
        case .timeframe(let timeframe): return timeframe.floor(time)
        case .period(.week): return Self.floor(time - Self.firstMonday, 7 * Self.day) + Self.firstMonday
        case .period(.fortnight): return Self.floor(time, 14 * Self.day)
        case .period(.month):
            let day = CivilDay(sinceEpoch: Int(Self.floor(time, Self.day) / Self.day))
            return Self.start(year: day.year, month: day.month)
        }
    }

    /// The end of the bar that begins at a boundary.
    func end(_ start: UnixMilliseconds) -> UnixMilliseconds {
        if let milliseconds { return start + milliseconds }
        let day = CivilDay(sinceEpoch: Int(start / Self.day))
        return day.month == 12
            ? Self.start(year: day.year + 1, month: 1) : Self.start(year: day.year, month: day.month + 1)
    }

    /// The first boundary at or after `time`.
    func ceiling(_ time: UnixMilliseconds) -> UnixMilliseconds {
        let below = floor(time)
        return below == time ? time : end(below)
    }

    private static let day = Timeframe.day1.milliseconds
    /// 1970-01-05.
    private static let firstMonday = 4 * day

    private static func floor(_ time: UnixMilliseconds, _ step: Int64) -> UnixMilliseconds {
        let remainder = time % step
        return remainder < 0 ? time - remainder - step : time - remainder
    }

    private static func start(year: Int, month: Int) -> UnixMilliseconds {
        Int64(CivilDay(year: year, month: month, day: 1).sinceEpoch) * day
    }
}
