import BitfinexReplay
import Candles
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Rows of a page that are no candles.
    @Suite("Odd rows", .timeLimit(.minutes(5))) struct OddRowsTests {
        /// What stands where a row should be; nothing of it may be stored.
        static let kinds: [@Sendable (UnixMilliseconds) -> String] = [
            { _ in "null" }, { "[\($0),1,2,3,null,5]" }, { "[\($0),null,null,null,null,null]" }, { "[\($0),1,2,3,4]" },
            { "[\($0 + 30_000),1,2,3,0.5,7]" }, { "[\($0),1,2,3,0.5,7],[\($0),1,2,3,0.5,8]" },
            { "[\"\($0)\",1,2,3,4,5]" },
            { "{\"mts\":\($0)}" }, { "[\($0),1e999,2,3,4,5]" }, { _ in "\"\u{1B}[2J\"" }, { _ in "[]" },
        ]

        @Test(arguments: [0, 60_000]) func `a row that is no candle costs what it hides, and no page`(
            requestsPerMinute: Int
        ) async throws {
            let truth = try Markets.times(Markets.threePages, Series("BTCUSD-1m"))
            let seed = UInt64.random(in: 0...UInt64.max)
            try await Exchange.run(Markets.threePages) { exchange in
                var random = SeededGenerator(seed: seed)
                for kind in Self.kinds.indices.shuffled(using: &random).prefix(Effort.rounds(6, long: 11)) {
                    exchange.server.reset()
                    let index = Int.random(in: 1..<truth.count - 1, using: &random)
                    let text = Self.kinds[kind](truth[index])
                    exchange.server.script(ScriptedFault(.rows(.replaced(at: truth[index], text: text))))
                    let place = try Workplace(exchange: exchange.url, requestsPerMinute: requestsPerMinute)
                    let first = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                    let note: Comment = "seed \(seed), row \(index), kind \(kind): \(first.err)"
                    #expect(first.status == 12, note)
                    #expect(first.err.contains("a row is no candle") && !first.err.contains("\u{1B}"), note)
                    let hidden = TimeRange(truth[index - 1] + 60_000, truth[index + 1])
                    let kept = try await place.kept()
                    #expect(kept.times == truth.filter { $0 != truth[index] }, note)
                    #expect(
                        kept.coverage
                            == IntervalSet([TimeRange(truth[0], 1_707_523_200_000)])
                            .subtracting(IntervalSet([hidden])), note)
                    // It stays so as long as the row does, and costs two requests a run.
                    let again = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                    #expect(again.status == 12 && (again.number("requests") ?? 99) <= 2, note)
                    #expect(try await place.kept() == kept, note)
                    exchange.server.reset()
                    let healed = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                    #expect(healed.status == 0, note)
                    #expect(try await place.kept().times == truth, note)
                }
            }
        }

        @Test func `an exact repetition is dropped with a warning`() async throws {
            let truth = try Markets.times(Markets.threePages, Series("BTCUSD-1m"))
            try await Exchange.run(Markets.threePages) { exchange in
                exchange.server.script(ScriptedFault(.rows(.duplicates), path: "/candles/"))
                let place = try Workplace(exchange: exchange.url)
                let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.err.contains("a row came twice"), "\(outcome.err)")
                #expect(try await place.kept().times == truth)
            }
        }

        @Test func `a known candle that cannot be read any more is no reason to lose what follows`() async throws {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run().status == 0)
                let before = try await place.kept()
                let final = before.rows.filter(\.final).map(\.candle.openTime)
                _ = try await place.ingest(
                    "forget", "--series", "BTCUSD-1m", "--start", final[final.count - 20].iso8601, "--yes"
                ).run()
                let witness = final[final.count - 21]
                exchange.server.script(
                    ScriptedFault(.rows(.replaced(at: witness, text: "[\(witness),null,1,1,1,1]"))))
                let outcome = try await place.ingest("realtime", "--series", "BTCUSD-1m").run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.err.contains("a row is no candle"), "\(outcome.err)")
                let after = try await place.kept()
                #expect(after.rows.prefix(final.count) == before.rows.prefix(final.count))
            }
        }
    }
}
