import Candles
import TestSupport
import Testing

/// Times that came from outside may be any number.
@Suite("Extreme times", .timeLimit(.minutes(10))) struct ExtremeTimesTests {
    @Test func `no time ends the process, and a boundary stays on its side`() {
        Hostile.cases { hostile in
            let (a, b) = (hostile.integer(), hostile.integer())
            for timeframe in Timeframe.allCases {
                #expect(timeframe.floor(a) <= a)
                #expect(timeframe.ceiling(a) >= a)
                _ = timeframe.settledBoundary(at: a)
            }
            let range = TimeRange(a, b)
            #expect(range.milliseconds >= 0)
            _ = range.intervals(of: .minute1)
            var set = IntervalSet([range, TimeRange(b, a)])
            set.insert(TimeRange(hostile.integer(), hostile.integer()))
            #expect(set.milliseconds >= 0)
            #expect(set.subtracting(set).isEmpty)
            _ = a.iso8601
            _ = HTTPDate(seconds: a).description
            _ = HTTPDate(hostile.header())
            _ = try? UnixMilliseconds(iso8601: hostile.header())
            _ = Duration.seconds(a).milliseconds
        }
    }
}
