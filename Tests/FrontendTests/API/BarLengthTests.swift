import Candles
import TestSupport
import Testing

@testable import Frontend

@Suite struct BarLengthTests {
    @Test(arguments: [
        ("1W", "2024-01-03", "2024-01-01", "2024-01-08"), ("1W", "2024-01-01", "2024-01-01", "2024-01-08"),
        ("14D", "1970-01-15", "1970-01-15", "1970-01-29"), ("1M", "2024-02-29", "2024-02-01", "2024-03-01"),
        ("1M", "2023-12-31", "2023-12-01", "2024-01-01"), ("1D", "2024-01-03", "2024-01-03", "2024-01-04"),
    ])
    func `a bar begins and ends where the calendar says`(name: String, day: String, start: String, end: String) throws {
        let length = try #require(BarLength(name))
        let time = try UnixMilliseconds(iso8601: day) + 1
        #expect(length.floor(time) == (try UnixMilliseconds(iso8601: start)))
        #expect(length.end(length.floor(time)) == (try UnixMilliseconds(iso8601: end)))
    }

    @Test func `each moment is in one bar, as counted day by day`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for length in BarLength.all {
            for _ in 0..<200 {
                let time = UnixMilliseconds.random(in: -4_000_000_000_000...4_000_000_000_000, using: &random)
                let start = length.floor(time)
                #expect(start == PlainCalendar.start(of: length.name, time), "\(length.name) \(time)")
                #expect(start <= time && time < length.end(start), "\(length.name) \(time)")
                #expect(length.floor(length.end(start)) == length.end(start))
                #expect(length.ceiling(time) == (time == start ? start : length.end(start)))
                #expect(length.milliseconds.map { $0 == length.end(start) - start } ?? (length.name == "1M"))
            }
        }
    }

    @Test func `there are as many names as lengths, and no other`() {
        #expect(
            BarLength.all.map(\.name) == [
                "1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1D", "1W", "14D", "1M",
            ])
        #expect(BarLength("4h") == nil)
        #expect(BarLength("1H") == nil)
    }
}
