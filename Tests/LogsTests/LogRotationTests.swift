import Foundation
import Journal
import SystemPackage
import TestSupport
import Testing

@testable import Logs

@Suite("Log rotation", .timeLimit(.minutes(5))) struct LogRotationTests {
    /// Two logs with something of everything; nothing of it is past its time.
    private func fill(_ sample: LogSample) throws {
        try sample.write("2024-01-30T10:00:00Z five\n", to: "bot.log")
        try sample.write("four\n", to: "bot-20240130-1.log")
        try sample.write("three\n", to: "bot-20240130.log")
        try sample.write("two\n", to: "bot-20240129.log")
        // Of a rotation that was killed before it removed the plain one.
        try sample.write("two", to: "bot-20240129.log.gz")
        try sample.write("one\n", to: "bot-20240128.log.gz")
        try sample.write("garbage", to: "bot-20240130.log.gz.partial")
        try sample.write("{\"time\":\"2024-01-30T10:00:00.000Z\"}\n", to: "bot.jsonl")
    }

    private let lines = ["one", "two", "three", "four", "2024-01-30T10:00:00Z five"]
    private let result = [
        "bot-20240128.log.gz", "bot-20240129.log.gz", "bot-20240130-1.log.gz", "bot-20240130.log.gz",
        "bot-20240131.jsonl", "bot-20240131.log",
    ]

    @Test func `what is due is renamed, what was before it compressed, and a second run changes nothing`() async throws
    {
        let sample = try LogSample()
        try fill(sample)
        let report = try await sample.rotate(at: "2024-01-31")
        #expect(report.failures == [] && report.postponed == [])
        #expect(try sample.names() == result)
        #expect(Set(try sample.lines(of: "bot.log")) == Set(lines))
        #expect(try sample.rotation(at: "2024-01-31").run() == LogRotationReport())
        #expect(try sample.names() == result)
    }

    @Test func `killed at any point it has lost nothing, and the next run completes it`() async throws {
        var points = 0
        var wasKilled = true
        while wasKilled {
            let sample = try LogSample()
            try fill(sample)
            let kill = KillSwitch(at: points)
            do {
                _ = try sample.rotation(at: "2024-01-31", before: kill.pass).run()
                wasKilled = false
            } catch is Killed {
                points += 1
            }
            #expect(try sample.lines(of: "bot.log").sorted() == lines.sorted(), "point \(points)")
            #expect(try await sample.rotate(at: "2024-01-31").failures == [])
            #expect(try sample.names() == result, "point \(points)")
            #expect(try sample.lines(of: "bot.log").sorted() == lines.sorted(), "point \(points)")
        }
        // Fewer than 15 where a program of another test held a file at that moment.
        #expect((10...15).contains(points))
    }

    @Test func `a file that somebody still writes to is not compressed`() async throws {
        let sample = try LogSample()
        try sample.write("one\n", to: "service_x-20240129.log")
        try sample.write("two\n", to: "service_x-20240130.log")
        let writer = try FileHandle(forWritingTo: sample.url.appending(path: "service_x-20240129.log"))
        #expect(try sample.rotation(at: "2024-01-31").run().postponed == [.compress("service_x-20240129.log")])
        try writer.seekToEnd()
        try writer.write(contentsOf: Data("late\n".utf8))
        try writer.close()
        #expect(try await sample.rotate(at: "2024-01-31").done == [.compress("service_x-20240129.log")])
        #expect(try sample.text("service_x-20240129.log.gz") == "one\nlate\n")
    }

    @Test func `folders, links and other people's files are left alone`() throws {
        let sample = try LogSample()
        let alerts = sample.url.appending(path: "alerts")
        try FileManager.default.createDirectory(at: alerts, withIntermediateDirectories: false)
        try Data("x".utf8).write(to: alerts.appending(path: "alerts_2001-01-01.log"))
        try sample.write("old\n", to: "notes.txt")
        try sample.write("old\n", to: "bot.log.1")
        try FileManager.default.createDirectory(
            at: sample.url.appending(path: "f.log"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: sample.url.appending(path: "link.log").path, withDestinationPath: "notes.txt")
        #expect(try sample.rotation(at: "2024-01-31").run(force: true) == LogRotationReport())
        #expect(try sample.names() == ["alerts", "bot.log.1", "f.log", "link.log", "notes.txt"])
    }

    @Test func `a folder that is not there yet is made by nobody`() throws {
        let sample = try LogSample()
        let folder = sample.url.appending(path: "none")
        let rotation = LogRotation(folder: folder, days: 7, now: { 0 })
        #expect(try rotation.run(force: true) == LogRotationReport())
        #expect(try rotation.plan().steps == [])
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func `two rotations never run at a time`() throws {
        let sample = try LogSample()
        try sample.write("one\n", to: "service_x.log")
        let lock = try JobLock("log-rotation", exclusive: true, in: sample.url)
        #expect { try sample.rotation(at: "2024-01-31").run() } throws: { ($0 as? JournalFault)?.code == "lock-busy" }
        lock.release()
        #expect(try sample.rotation(at: "2024-01-31").run().done.count == 1)
    }

    @Test func `a damaged compressed file is never taken for whole`() async throws {
        let sample = try LogSample()
        try sample.write("one\n", to: "service_x-20240129.log")
        try sample.write("two\n", to: "service_x-20240130.log")
        let partial = sample.url.appending(path: "service_x-20240129.log.gz.partial")
        let damaged = try await sample.rotate(at: "2024-01-31") { point in
            guard case .verify = point else { return }
            var bytes = try Data(contentsOf: partial)
            bytes[12] ^= 1
            try bytes.write(to: partial)
        }
        #expect(damaged.failures.map(\.code) == ["log-not-rotated"])
        #expect(try sample.names() == ["service_x-20240129.log", "service_x-20240130.log"])
        #expect(try await sample.rotate(at: "2024-01-31").done == [.compress("service_x-20240129.log")])
        #expect(try sample.lines(of: "service_x.log").sorted() == ["one", "two"])
    }

    @Test func `files of other people with names like ours are left as they are`() async throws {
        let sample = try LogSample()
        let names = [
            "trades-20010101.jsonl", "nginx-access-20010101.log", "mydata-20010101.jsonl.gz", "trades.jsonl",
            "mydata-20010102.jsonl", "mydata-20010101.log.gz.partial",
        ]
        for name in names { try sample.write("2001-01-01T00:00:00Z theirs\n", to: name) }
        try sample.write("2024-01-30T10:00:00Z ours\n", to: "bot.jsonl")
        let report = try await sample.rotate(at: "2024-01-31", force: true)
        #expect(report.done == [.rename("bot.jsonl", to: "bot-20240131.jsonl")])
        #expect(try sample.names() == (names + ["bot-20240131.jsonl"]).sorted())
    }

    @Test(arguments: ["three\n", "one\n", "one\ntw", "one\ntwx\n", ""])
    func `a compressed log is never replaced by one that lacks its lines`(later: String) async throws {
        let sample = try LogSample()
        try sample.write("one\ntwo\n", to: "bot-20240129.jsonl.gz")
        try sample.write(later, to: "bot-20240129.jsonl")
        try sample.write("taken\n", to: "bot-20240129-1.jsonl.gz")
        try sample.write("newest\n", to: "bot-20240130.jsonl")
        for _ in 0..<2 { #expect(try await sample.rotate(at: "2024-01-30").failures == []) }
        #expect(try sample.text("bot-20240129.jsonl.gz") == "one\ntwo\n")
        #expect(try sample.text("bot-20240129-1.jsonl.gz") == "taken\n")
        #expect(try sample.text("bot-20240129-2.jsonl.gz") == later)
        #expect(!FileManager.default.fileExists(atPath: sample.url.appending(path: "bot-20240129.jsonl").path))
    }

    @Test func `one that is cut is kept, since nobody knows what it held`() async throws {
        let sample = try LogSample()
        try sample.write("one\ntwo\n", to: "bot-20240129.jsonl.gz")
        let url = sample.url.appending(path: "bot-20240129.jsonl.gz")
        let cut = try Data(contentsOf: url).dropLast(9)
        try cut.write(to: url)
        try sample.write("one\ntwo\nthree\n", to: "bot-20240129.jsonl")
        try sample.write("newest\n", to: "bot-20240130.jsonl")
        for _ in 0..<2 { #expect(try await sample.rotate(at: "2024-01-30").failures == []) }
        #expect(try Data(contentsOf: url) == cut)
        #expect(try sample.text("bot-20240129-1.jsonl.gz") == "one\ntwo\nthree\n")
    }

    @Test func `the first rotation that keeps less says so once, and old files stay for their 30 days`() async throws {
        let sample = try LogSample()
        for day in ["0102", "0105", "0120"] { try sample.write("old\n", to: "bot-2024\(day).jsonl.gz") }
        try sample.write("2024-01-30T10:00:00Z five\n", to: "errors.log")
        let first = try await sample.rotate(at: "2024-01-31")
        #expect(
            first.notice == """
                bot and errors are kept for 7 days from now on (LOG_ROTATION_DAYS), no longer for 30; what is rotated up to \
                2024-01-31 stays for its 30 days
                """)
        #expect(try await sample.rotate(at: "2024-02-01").notice == nil)
        #expect(try sample.names().count == 4)
        try sample.write("new\n", to: "bot-20240202.jsonl.gz")
        #expect(try await sample.rotate(at: "2024-02-10").notice == nil)
        #expect(try sample.names() == ["bot-20240120.jsonl.gz", "errors-20240131.log"])
        _ = try await sample.rotate(at: "2024-03-02")
        #expect(try sample.names() == [])
    }

    @Test func `a folder that is new keeps its files for as long as the setting says, and tells nothing`() async throws
    {
        let sample = try LogSample()
        try sample.write("2024-01-31T10:00:00Z one\n", to: "bot.jsonl")
        #expect(try await sample.rotate(at: "2024-01-31", force: true).notice == nil)
        #expect(try sample.names() == ["bot-20240131.jsonl"])
        _ = try await sample.rotate(at: "2024-02-08")
        #expect(try sample.names() == [])
    }
}
