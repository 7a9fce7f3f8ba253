import Foundation
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import Logs

/// Alone: it measures.
@Suite("Rotation under load", .serialized, .timeLimit(.minutes(5))) struct RotationUnderLoadTests {

    /// Every writer's numbers, in the order of its lines, in each file in turn.
    private func check(_ sample: LogSample, writers: Int, lines: Int) throws {
        var seen = [[Bool]](repeating: [Bool](repeating: false, count: lines), count: writers)
        var count = 0
        for line in try sample.lines(of: "bot.jsonl") {
            let parts = line.split(separator: " ")
            let writer = try #require(parts.count == 4 ? Int(parts[1]) : nil, "\(line)")
            let number = try #require(Int(parts[2]), "\(line)")
            if parts[0] != "<" || parts[3] != ">" || seen[writer][number] { Issue.record("\(line)") }
            seen[writer][number] = true
            count += 1
        }
        #expect(count == writers * lines)
    }

    @Test func `writers of fifty thousand lines a second lose none while rotations go on and on`() async throws {
        let sample = try LogSample()
        let (writers, lines) = (4, 100_000)
        // Made beforehand, and 25 a time: it is the file that is measured, not strings of a debug build.
        let batches = (0..<writers).map { writer in
            stride(from: 0, to: lines, by: 25).map { first in
                Array((first..<first + 25).map { "< \(writer) \($0) >\n" }.joined().utf8)
            }
        }
        let left = NIOLockedValueBox(writers)
        let start = ContinuousClock.now
        let (written, rotations) = try await withThrowingTaskGroup(of: (Duration?, Int).self) { group in
            for writer in 0..<writers {
                group.addTask {
                    // A file of its own for each, as processes have.
                    let file = ReopeningFile(sample.url.appending(path: "bot.jsonl").path, checkEvery: .milliseconds(5))
                    for (number, batch) in batches[writer].enumerated() {
                        file.append(batch)
                        if number % 4 == 0 { await Task.yield() }
                    }
                    left.withLockedValue { $0 -= 1 }
                    return (ContinuousClock.now - start, 0)
                }
            }
            group.addTask {
                var count = 0
                while left.withLockedValue({ $0 > 0 }) {
                    let report = try sample.rotation(at: "2024-01-31").run(force: true)
                    #expect(report.failures == [])
                    count += 1
                    await Task.yield()
                }
                return (nil, count)
            }
            return try await group.reduce((Duration.zero, 0)) { (max($0.0, $1.0 ?? .zero), $0.1 + $1.1) }
        }
        let rate = Double(writers * lines) / (written / .seconds(1))
        let names = try sample.names()
        print(
            "\(Int(rate)) lines/s, \(rotations) rotations, \(names.count { $0.hasSuffix(".gz") }) of \(names.count) compressed"
        )
        // Beside all other tests of a busy machine it is less than what it is alone.
        #expect(rate >= (Effort.isLong ? 50_000 : 20_000))
        #expect(rotations > 3)
        try check(sample, writers: writers, lines: lines)
        // Nobody writes any more: all but the newest are compressed.
        #expect(try await sample.rotate(at: "2024-01-31", force: true).postponed == [])
        #expect(try sample.names().count { !$0.hasSuffix(".gz") } == 1)
        try check(sample, writers: writers, lines: lines)
    }

    @Test func `a logger keeps up with its lines`() async throws {
        let sample = try LogSample()
        let logger = ServiceLog(folder: sample.url, standardError: nil, now: { 1_706_702_400_007 }).logger("load")
        let lines = 20_000
        let start = ContinuousClock.now
        for number in 0..<lines {
            logger.info("a line of a usual length, with a field", metadata: ["number": "\(number)"])
        }
        print(
            "\(Int(Double(lines) / ((ContinuousClock.now - start) / .seconds(1)))) lines/s through a logger (debug build)"
        )
        #expect(try sample.lines(of: "bot.jsonl").count == lines)
    }
}
