import BitfinexReplay
import Candles
import Foundation
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Replies that were made before they were asked for, and clocks that differ.
    @Suite("Old replies", .timeLimit(.minutes(5))) struct OldReplyTests {
        @Test func `an old reply proves nothing that had not settled when it was made`() async throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                var random = SeededGenerator(seed: seed)
                for _ in 0..<Effort.rounds(4, long: 40) {
                    exchange.server.reset()
                    let seconds = Int.random(in: 61..<7_200, using: &random)
                    // A cache tells the age, and the date of making or its own.
                    let tellsDate = Bool.random(using: &random)
                    let note: Comment = "seed \(seed), \(seconds) s, \(tellsDate)"
                    exchange.server.script(ScriptedFault(.asOf(seconds: seconds)))
                    exchange.server.script(
                        ScriptedFault(.dated(seconds: tellsDate ? -seconds : nil, age: "\(seconds)")))
                    let place = try Workplace(exchange: exchange.url)
                    let asked = RealtimeTests.now()
                    let old = try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run()
                    #expect(old.status == 10, note)
                    let kept = try await place.kept()
                    let made = RealtimeTests.now() - Int64(seconds) * 1000
                    #expect((kept.coverage.ranges.last?.end ?? .max) <= made - 60_000, note)
                    #expect((kept.coverage.ranges.last?.end ?? 0) >= asked - Int64(seconds) * 1000 - 180_000, note)
                    #expect(kept.rows.filter(\.final).allSatisfy { kept.coverage.contains($0.candle.openTime) }, note)
                    exchange.server.reset()
                    #expect(try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run().status == 0, note)
                    #expect(try await place.kept().coverage.ranges.count == 1, note)
                }
            }
        }

        @Test func `a host that is some seconds ahead waits until the exchange, too, has settled`() async throws {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                exchange.server.script(ScriptedFault(.asOf(seconds: 25)))
                exchange.server.script(ScriptedFault(.dated(seconds: -25, age: nil)))
                let place = try Workplace(exchange: exchange.url)
                for _ in 0..<3 {
                    let outcome = try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run()
                    #expect(outcome.status == 0, "\(outcome.err)")
                    let end = try #require(try await place.kept().coverage.ranges.last?.end)
                    #expect(end <= RealtimeTests.now() - 85_000)
                }
            }
        }

        @Test func `a host whose clock is behind is told so, and goes on`() async throws {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                exchange.server.script(ScriptedFault(.dated(seconds: 300, age: nil)))
                let place = try Workplace(exchange: exchange.url)
                for job in ["backfill", "realtime"] {
                    let outcome = try await place.ingest(job, "--series", "BTCUSD-1m").run()
                    #expect(outcome.status == 0, "\(outcome.err)")
                    #expect(outcome.err.contains("s behind bitfinex's"), "\(job): \(outcome.err)")
                    #expect(outcome.err.components(separatedBy: "s behind bitfinex's").count == 2)
                }
            }
        }
    }
}
