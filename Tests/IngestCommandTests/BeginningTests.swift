import BitfinexReplay
import Candles
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Where a history begins is proven like any other absence.
    @Suite("Beginnings", .timeLimit(.minutes(5))) struct BeginningTests {
        private func truth() throws -> [UnixMilliseconds] {
            try Markets.times(Markets.threePages, Series("BTCUSD-1m"))
        }

        /// The question for the first candle is answered with the newest one.
        private func lie(_ times: Int?) -> ScriptedFault {
            ScriptedFault(.sortIgnored, path: "hist?sort=1&limit=1", times: times)
        }

        @Test(arguments: [1, 2, 4]) func `a wrong first candle is asked about again`(times: Int) async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                exchange.server.script(lie(times))
                let place = try Workplace(exchange: exchange.url)
                let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(try await place.kept().times == truth())
            }
        }

        @Test func `a first candle that is never proven begins no history`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                exchange.server.script(lie(nil))
                let place = try Workplace(exchange: exchange.url)
                let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                #expect(outcome.status == 12, "\(outcome.err)")
                #expect(try await place.kept() == Kept())
            }
        }

        /// As an earlier version left it, whose first question was answered with a later candle.
        private func old(_ exchange: Exchange, first: UnixMilliseconds, proven: Bool) async throws -> Workplace {
            let place = try Workplace(exchange: exchange.url)
            let end = 1_707_523_200_000  // 2024-02-10
            let store = try SQLiteCandleStore(path: place.sqlitePath)
            try await store.bind(to: exchange.url)
            let stored = try await store.track(Series("BTCUSD-1m"), from: first)
            try await store.setFirstOpen(first, provenAt: proven ? first : nil, of: stored)
            _ = try await store.store(
                ProvenPage(candles: [], proven: [TimeRange(first + 60_000, Int64(end))], checkedAt: first), of: stored)
            await store.close()
            return place
        }

        @Test func `a series of before is asked about its beginning once, and begins where it does`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                let truth = try truth()
                let place = try await old(exchange, first: truth[truth.count - 1], proven: false)
                let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.err.contains("it begins with the candle of 2024-01-01"), "\(outcome.err)")
                #expect(try await place.kept().times == truth)
                let again = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                #expect(again.number("requests") == 0)
                // One that was right all along costs one question.
                try await RawDatabase(place).execute(["UPDATE series SET first_proven_at = NULL"])
                for requests in [1, 0] {
                    let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                    #expect(outcome.status == 0 && outcome.number("requests") == requests, "\(outcome.err)")
                }
            }
        }

        @Test func `what was unknown for the wrong beginning shows in the gaps at once`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                let truth = try truth()
                let place = try await old(exchange, first: truth[truth.count - 1], proven: false)
                _ = try await place.ingest("gap-repair", "--series", "BTCUSD-1m", "--lookback-days", "1").run()
                let gaps = try await place.ingest("gaps", "--json").run()
                #expect(gaps.out.contains("\"from\" : \"2024-01-01T00:0"), "\(gaps.out)")
            }
        }

        @Test func `an audit looks at the beginning again, and puts it right where it repairs`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                let truth = try truth()
                let place = try await old(exchange, first: truth[9_000], proven: true)
                for depth in [[], ["--full"]] {
                    let found = try await Command.ingest(
                        ["audit", "--series", "BTCUSD-1m", "--json"] + depth, place.environment
                    ).run()
                    #expect(found.status == 12, "\(found.err)")
                    #expect(found.text("first_candle") == truth[0].iso8601)
                }
                let repaired = try await place.ingest("audit", "--series", "BTCUSD-1m", "--repair", "--json").run()
                #expect(repaired.status == 10, "\(repaired.err)")
                #expect(try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run().status == 0)
                #expect(try await place.kept().times.first == truth[0])
            }
        }

        @Test func `random first candles, believed before, all end as the exchange has it`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                let truth = try truth()
                let seed = UInt64.random(in: 0...UInt64.max)
                var random = SeededGenerator(seed: seed)
                for _ in 0..<Effort.rounds(4, long: 40) {
                    let wrong = truth[Int.random(in: 1..<truth.count, using: &random)]
                    let place = try await old(exchange, first: wrong, proven: false)
                    let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                    let note: Comment = "seed \(seed), first \(wrong): \(outcome.err)"
                    #expect(outcome.status == 0, note)
                    #expect(try await place.kept().times.filter { $0 <= wrong } == truth.filter { $0 <= wrong }, note)
                }
            }
        }
    }
}
