import Candles
import Foundation
import Logging
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

    @Test(arguments: [1, 8, 20, 200]) func `one file that is cut hides no line of the others`(lost: Int) throws {
        let whole = line("2024-01-28T10:00:00.000Z", "zero")
        try sample.write(String(repeating: whole, count: 2000), to: "bot-20240129.jsonl.gz")
        let url = sample.url.appending(path: "bot-20240129.jsonl.gz")
        try Data(contentsOf: url).dropLast(lost).write(to: url)
        try Data("no gzip".utf8).write(to: sample.url.appending(path: "bot-20240128.jsonl.gz"))
        var complaints: [String] = []
        let lines = try LogReader(folder: sample.url).lines(of: .main, last: 9000) { complaints.append($0) }
        #expect(lines.suffix(5).first == "2024-01-29T10:00:00.000Z INFO s: one n={\"a\":[1]}")
        #expect(lines.count >= 5 && lines.dropLast(5).allSatisfy { $0.hasSuffix("zero n={\"a\":[1]}") })
        #expect(complaints.map { String($0.prefix(21)) } == ["bot-20240129.jsonl.gz", "bot-20240128.jsonl.gz"])
    }

    @Test func `errors of the last hour are counted, warnings and older ones are not`() throws {
        func json(_ time: String, _ level: String) -> String {
            "{\"time\":\"2024-01-31T\(time).000Z\",\"level\":\"\(level)\",\"source\":\"s\",\"message\":\"m\"}\n"
        }
        let since = try UnixMilliseconds(iso8601: "2024-01-31T10:00:00Z")
        let reader = LogReader(folder: sample.url)
        try sample.write("2024-01-31T10:00:01.000Z ERROR s: text of an earlier version\n", to: "errors.log")
        #expect(reader.errors(since: since) == 1)
        try sample.write(
            json("09:59:59", "error") + json("10:00:00", "error") + json("10:00:01", "warning")
                + json("10:00:02", "critical") + "no line of ours\n" + json("10:00:03", "error"), to: "errors.log")
        #expect(reader.errors(since: since) == 3)
        try sample.write(String(repeating: json("10:30:00", "error"), count: 5000), to: "errors.log")
        try sample.write(json("09:00:00", "error") + json("10:10:00", "error"), to: "errors-20240131.log")
        try sample.write(json("10:10:00", "error"), to: "errors-20240130.log.gz")
        #expect(reader.errors(since: since) == 5001)
        #expect(LogReader(folder: sample.url.appending(path: "none")).errors(since: since) == 0)
    }

    @Test func `an error that ended a run is counted where runs are, whatever else a line says`() throws {
        let since = try UnixMilliseconds(iso8601: "2024-01-31T10:00:00Z")
        let time = since + 60_000
        let entries = [
            LogEntry(time: time, level: .error, source: "ingest", message: "m", fields: ["code": "x", "run": "7"]),
            LogEntry(time: time, level: .error, source: "ingest", message: #"a ,"run":"7" b"#),
            LogEntry(time: time, level: .error, source: "ingest", message: "m", fields: ["runs": "7"]),
        ]
        let reader = LogReader(folder: sample.url)
        try sample.write(entries.map { String(decoding: $0.json, as: UTF8.self) }.joined(), to: "errors.log")
        #expect(reader.errors(since: since) == 2)
        try sample.write(entries.map(\.line).joined(), to: "errors.log")
        #expect(reader.errors(since: since) == 2)
    }

    @Test func `a folder without logs has no lines`() throws {
        #expect(try LogReader(folder: sample.url.appending(path: "none")).lines(of: .main, last: 9) == [])
    }
}
