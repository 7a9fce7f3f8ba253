import Foundation
import TestSupport
import Testing

@testable import Logs

@Suite("Log history", .timeLimit(.minutes(5))) struct LogHistoryTests {
    private static let rounds = Effort.rounds(30, long: 300)

    /// Writers, rotations that are killed or not, a clock that jumps by a day.
    private final class History {
        let sample: LogSample
        let clock = HandClock()
        var random: SeededGenerator
        var writers: [ReopeningFile] = []
        var written = 0
        var day = 31

        init(seed: UInt64) throws {
            sample = try LogSample()
            random = SeededGenerator(seed: seed)
            for _ in 0..<3 { addWriter() }
        }

        func addWriter() {
            writers.append(
                ReopeningFile(
                    sample.url.appending(path: "bot.jsonl").path, now: { [clock] in clock.now }, complain: { _ in }))
        }

        func step() throws {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let writer = writers.randomElement(using: &random)
                for _ in 0..<Int.random(in: 1...20, using: &random) {
                    writer?.append(Array("line \(written) of a log\n".utf8))
                    written += 1
                }
            case 4: clock.advance(by: .milliseconds(Int.random(in: 1...2000, using: &random)))
            case 5: day = min(31, max(20, day + Int.random(in: -1...1, using: &random)))
            case 6:
                writers.removeFirst()
                addWriter()
            case 7..<9: try rotate(killedAt: nil)
            default: try rotate(killedAt: Int.random(in: 0...12, using: &random))
            }
        }

        private func rotate(killedAt point: Int?) throws {
            let kill = KillSwitch(at: point ?? -1)
            let force = Bool.random(using: &random)
            do {
                let report = try sample.rotation(at: "2024-01-\(day)", before: kill.pass).run(force: force)
                #expect(report.failures == [])
            } catch is Killed {}
        }

        func check(_ note: String) throws {
            let expected = (0..<written).map { "line \($0) of a log" }.sorted()
            #expect(try sample.lines(of: "bot.jsonl").sorted() == expected, "\(note)")
        }
    }

    @Test func `whatever happens in whatever order, every line is there once`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        for round in 0..<Self.rounds {
            let history = try History(seed: seed &+ UInt64(round))
            for step in 0..<60 {
                try history.step()
                if step % 20 == 19 { try history.check("seed \(seed), round \(round), step \(step)") }
            }
            history.writers = []
            #expect(try await history.sample.rotate(at: "2024-01-\(history.day)", force: true).postponed == [])
            try history.check("seed \(seed), round \(round), the end")
        }
    }
}
