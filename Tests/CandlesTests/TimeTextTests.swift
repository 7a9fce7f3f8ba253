import Candles
import Foundation
import TestSupport
import Testing

@Suite("Times as text") struct TimeTextTests {
    @Test(
        arguments: [
            ("2024-01-31", 1_706_659_200_000), ("2024-01-31T12:00:00Z", 1_706_702_400_000),
            ("2024-01-31T12:00Z", 1_706_702_400_000),
            ("2024-01-31T12:00", 1_706_702_400_000), ("2024-01-31T13:00:00+01:00", 1_706_702_400_000),
            ("1970-01-01", 0),
        ] as [(String, UnixMilliseconds)])
    func `ISO 8601 is read as UTC`(text: String, time: UnixMilliseconds) throws {
        #expect(try UnixMilliseconds(iso8601: text) == time)
    }

    @Test(arguments: [
        "9999999999999-1-1T0:0:0Z", "", "yesterday", "2024-13-01",
        "2024-01-31T", "2024", "31.01.2024", "T12:00",
    ])
    func `what is no time is refused`(text: String) {
        #expect(throws: SeriesFault.malformedTime(text)) { try UnixMilliseconds(iso8601: text) }
    }

    @Test func `every time is written as Foundation writes it, and read back`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let aroundLeapDays: [UnixMilliseconds] = [
            -1, 0, 951_782_399_999, 951_782_400_000, 951_868_800_000, 4_107_542_400_000,
        ]
        let drawn = (0..<2000).map { _ in
            UnixMilliseconds.random(in: -10_000_000_000_000...100_000_000_000_000, using: &generator)
        }
        for time in aroundLeapDays + drawn {
            let seconds = (Double(time) / 1000).rounded(.down)
            #expect(time.iso8601 == Date(timeIntervalSince1970: seconds).formatted(.iso8601), "seed \(seed)")
            #expect(try UnixMilliseconds(iso8601: time.iso8601) == UnixMilliseconds(seconds) * 1000, "seed \(seed)")
        }
    }

    @Test func `days and dates are one another's opposite`() {
        for days in -200_000...200_000 { #expect(CivilDay(sinceEpoch: days).sinceEpoch == days) }
    }

    @Test func `a time is written as it is read`() throws {
        let time: UnixMilliseconds = 1_514_764_740_000
        #expect(time.iso8601 == "2017-12-31T23:59:00Z")
        #expect(try UnixMilliseconds(iso8601: time.iso8601) == time)
    }
}
