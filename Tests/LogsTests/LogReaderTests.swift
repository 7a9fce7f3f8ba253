import Candles
import Foundation
import Testing

@testable import Logs

@Suite("Log reader") struct LogReaderTests {
    private let sample: LogSample

    init() throws {
        sample = try LogSample()
        try fill()
    }

    private func line(_ time: String, _ message: String) -> String {
        "{\"time\":\"\(time)\",\"level\":\"info\",\"source\":\"s\",\"message\":\"\(message)\",\"n\":{\"a\":[1]}}\n"
    }

    private func fill() throws {
        try sample.write(line("2024-01-29T10:00:00.000Z", "one"), to: "bot-20240130.jsonl.gz")
        try sample.write("not JSON \u{1b}[2J\n" + line("2024-01-30T10:00:00.000Z", "two"), to: "bot-20240131.jsonl")
        try sample.write("half of it", to: "bot-20240131.jsonl.gz")
        try sample.write(
            line("2024-01-31T10:00:00.000Z", "three") + line("2024-01-31T10:00:01.000Z", "fo\\nur"), to: "bot.jsonl")
        try sample.write("2024-01-31T10:00:01.000Z WARNING s: careful\n", to: "errors.log")
    }

    @Test func `the last lines come from live, rotated and compressed files, oldest first`() throws {
        let reader = LogReader(folder: sample.url)
        let all = [
            "2024-01-29T10:00:00.000Z INFO s: one n={\"a\":[1]}", "not JSON \\u{1B}[2J",
            "2024-01-30T10:00:00.000Z INFO s: two n={\"a\":[1]}",
            "2024-01-31T10:00:00.000Z INFO s: three n={\"a\":[1]}",
            "2024-01-31T10:00:01.000Z INFO s: fo\\nur n={\"a\":[1]}",
        ]
        for count in 1...6 {
            #expect(try reader.lines(of: .main, last: count) == all.suffix(count), "\(count)")
        }
        #expect(try reader.lines(of: .errors, last: 9) == ["2024-01-31T10:00:01.000Z WARNING s: careful"])
    }

    @Test func `nothing older than asked for is shown`() throws {
        let reader = LogReader(folder: sample.url)
        let since = try UnixMilliseconds(iso8601: "2024-01-31T10:00:01Z")
        #expect(try reader.lines(of: .main, last: 9, since: since).count == 1)
        #expect(try reader.lines(of: .main, last: 9, since: since - 1000).count == 2)
        #expect(try reader.lines(of: .main, last: 9, since: since - 86_402_000).count == 3)
    }

    @Test func `a folder without logs has no lines`() throws {
        #expect(try LogReader(folder: sample.url.appending(path: "none")).lines(of: .main, last: 9) == [])
    }
}
