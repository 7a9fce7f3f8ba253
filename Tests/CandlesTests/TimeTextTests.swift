import Candles
import Foundation
import TestSupport
import Testing

@Suite("Times as text") struct TimeTextTests {
    @Test(
        arguments: [
            ("2024-01-31", 1_706_659_200_000), ("2024-01-31T12:00:00Z", 1_706_702_400_000),
            ("2024-01-31T12:00Z", 1_706_702_400_000), ("2024-01-31T12:00", 1_706_702_400_000),
            ("2024-01-31 12:00:00", 1_706_702_400_000), ("2024-01-31 12:00", 1_706_702_400_000),
            ("2024-01-31 12:00 UTC", 1_706_702_400_000), ("2024-01-31 12:00:00 UTC", 1_706_702_400_000),
            ("2024-01-31T12:00:00.123Z", 1_706_702_400_123), ("2024-01-31T12:00:00.9Z", 1_706_702_400_900),
            ("2024-01-31T12:00:00.123999", 1_706_702_400_123), ("2024-01-31T13:00:00+01:00", 1_706_702_400_000),
            ("2024-01-31 13:00:00+01", 1_706_702_400_000), ("2024-01-31 13:30+0130", 1_706_702_400_000),
            ("2024-01-31T07:00-05:00", 1_706_702_400_000), ("2024-02-01T00:00+12:00", 1_706_702_400_000),
            ("1970-01-01", 0), ("2024-02-29", 1_709_164_800_000), ("0001-01-01", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, UnixMilliseconds)])
    func `ISO 8601 is read as UTC`(text: String, time: UnixMilliseconds) throws {
        #expect(try UnixMilliseconds(iso8601: text) == time)
    }

    @Test(arguments: [
        "9999999999999-1-1T0:0:0Z", "", "yesterday", "2024-13-01", "2024-01-31T", "2024", "31.01.2024", "T12:00",
        "2026-02-30", "2026-02-29", "1900-02-29", "2026-04-31", "2026-00-10", "2026-01-00", "2026-11-01junk",
        "2026-11-01T25:00:00Z", "2026-11-01T24:00:00Z", "2026-11-01T12:60:00Z", "2026-11-01T12:00:60Z",
        "2026-11-01T12", "2026-11-01T12:0", "2026-11-01T1:00:00Z", "2026-11-01T12:00:00Zjunk", "2026-11-01T12:00:00.Z",
        "2026-11-01T12:00:00.1234567890Z", "2026-11-01T12:00:00+1", "2026-11-01T12:00:00+24:00",
        "2026-11-01T12:00:00+01:",
        "2026-11-01T12:00:00+01:60", "2026-11-01T12:00:00+01:000", "2026-11-01t12:00:00z", "2026-11-01  12:00:00",
        "2026-11-01T12:00:00 Z", " 2026-11-01", "2026-11-01 ", "2026-11-01\n", "2026-11-01Z", "2026-11-01+01:00",
        "20261101", "20261101T120000Z", "2026-1-1", "+2026-11-01", "-2026-11-01", "12026-11-01", "２０２６-11-01",
        "2026-11-01T12:00:00\u{2212}01:00", "2026-W44-7", "2026-305", "1793534400000", "2026-11-01T12:00:00 CET",
    ])
    func `what is no time is refused`(text: String) {
        #expect(throws: SeriesFault.malformedTime(text)) { try UnixMilliseconds(iso8601: text) }
    }

    @Test func `a random text is read as a plain model reads it, or refused`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var texts = RandomTimes(seed: seed)
        var read = 0
        for _ in 0..<100_000 {
            let text = texts.next()
            let time = try? UnixMilliseconds(iso8601: text)
            #expect(time == PlainTime.read(text), "seed \(seed): '\(text)'")
            if time != nil { read += 1 }
        }
        #expect((10_000..<90_000).contains(read), "seed \(seed)")
    }

    @Test func `the first and the last number have a text`() {
        #expect(UnixMilliseconds.max.iso8601.hasSuffix("-08-17T07:12:55Z"))
        #expect(UnixMilliseconds.min.iso8601.hasSuffix("-05-16T16:47:04Z"))
    }

    @Test(arguments: [("45s", 45), ("30m", 1800), ("2h", 7200), ("3d", 259_200), ("0m", 0)])
    func `a length is read as people say it`(text: String, seconds: Int) {
        #expect(Duration(said: text) == .seconds(seconds))
    }

    @Test(arguments: ["", "m", "+5m", "-5m", "5", "5 m", "5M", "5min", "٣m", "1.5h", "1h30m", "9999999999d"])
    func `what is no length is refused`(text: String) {
        #expect(Duration(said: text) == nil)
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
