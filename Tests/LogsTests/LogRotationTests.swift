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
        try sample.write("one\n", to: "x-20240129.log")
        try sample.write("two\n", to: "x-20240130.log")
        let writer = try FileHandle(forWritingTo: sample.url.appending(path: "x-20240129.log"))
        #expect(try sample.rotation(at: "2024-01-31").run().postponed == [.compress("x-20240129.log")])
        try writer.seekToEnd()
        try writer.write(contentsOf: Data("late\n".utf8))
        try writer.close()
        #expect(try await sample.rotate(at: "2024-01-31").done == [.compress("x-20240129.log")])
        #expect(try sample.text("x-20240129.log.gz") == "one\nlate\n")
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
        let rotation = LogRotation(folder: folder, serviceDays: 7, now: { 0 })
        #expect(try rotation.run(force: true) == LogRotationReport())
        #expect(try rotation.plan() == [])
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func `two rotations never run at a time`() throws {
        let sample = try LogSample()
        try sample.write("one\n", to: "x.log")
        let lock = try JobLock("log-rotation", exclusive: true, in: sample.url)
        #expect { try sample.rotation(at: "2024-01-31").run() } throws: { ($0 as? JournalFault)?.code == "lock-busy" }
        lock.release()
        #expect(try sample.rotation(at: "2024-01-31").run().done.count == 1)
    }

    @Test func `a damaged compressed file is never taken for whole`() async throws {
        let sample = try LogSample()
        try sample.write("one\n", to: "x-20240129.log")
        try sample.write("two\n", to: "x-20240130.log")
        let partial = sample.url.appending(path: "x-20240129.log.gz.partial")
        let damaged = try await sample.rotate(at: "2024-01-31") { point in
            guard case .verify = point else { return }
            var bytes = try Data(contentsOf: partial)
            bytes[12] ^= 1
            try bytes.write(to: partial)
        }
        #expect(damaged.failures.map(\.code) == ["log-not-rotated"])
        #expect(try sample.names() == ["x-20240129.log", "x-20240130.log"])
        #expect(try await sample.rotate(at: "2024-01-31").done == [.compress("x-20240129.log")])
        #expect(try sample.lines(of: "x.log").sorted() == ["one", "two"])
    }
}
