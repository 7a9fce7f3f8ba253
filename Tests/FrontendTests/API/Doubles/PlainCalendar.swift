import Candles

/// Where periods begin, found day by day.
enum PlainCalendar {
    static let day: Int64 = 86_400_000

    /// Of `1W`, `14D`, `1M` or a timeframe.
    static func start(of name: String, _ time: UnixMilliseconds) -> UnixMilliseconds {
        if let timeframe = Timeframe(rawValue: name) { return timeframe.floor(time) }
        var start = Timeframe.day1.floor(time)
        while !isStart(of: name, start) { start -= day }
        return start
    }

    private static func isStart(of name: String, _ time: UnixMilliseconds) -> Bool {
        let days = time / day
        switch name {
        // 1970-01-01 was a Thursday.
        case "1W": return ((days + 3) % 7 + 7) % 7 == 0
        case "14D": return days % 14 == 0
        default: return CivilDay(sinceEpoch: Int(days)).day == 1
        }
    }
}
