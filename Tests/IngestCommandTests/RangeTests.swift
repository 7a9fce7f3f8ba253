import BitfinexReplay
import Candles
import TestSupport
import Testing

extension IngestCommandSuite {
    /// What a run asks for, counted in requests.
    @Suite("Requests", .timeLimit(.minutes(5))) struct RangeTests {
        private func run<T: Sendable>(
            _ body: @escaping @Sendable (Exchange, Workplace) async throws -> T
        ) async throws -> T {
            try await Exchange.run(Markets.threePages) { exchange in
                try await body(exchange, Workplace(exchange: exchange.url, requestsPerMinute: 60_000))
            }
        }

        @Test func `a second run writes nothing and asks at most once`() async throws {
            try await run { exchange, place in
                #expect(try await place.backfill().run().status == 0)
                let before = exchange.statistics.requests
                let again = try await place.backfill().run()
                #expect(again.status == 0)
                #expect(again.number("rows_written") == 0)
                #expect(exchange.statistics.requests - before <= 1)
            }
        }

        @Test func `a start before the listing costs one probe and its proof`() async throws {
            try await run { exchange, place in
                let outcome = try await place.backfill("BTCUSD-1m", "--start", "2013-01-01", "--end", "2024-01-03")
                    .run()
                #expect(outcome.status == 0)
                #expect(outcome.number("requests") == 3)
                #expect(outcome.text("start") == "2024-01-01T00:00:00Z")
            }
        }

        @Test func `a stretch inside history asks for its witness and its page`() async throws {
            try await run { exchange, place in
                let outcome = try await place.backfill("BTCUSD-1m", "--start", "2024-01-10", "--end", "2024-01-12")
                    .run()
                #expect(outcome.status == 0)
                #expect(outcome.number("requests") == 4)
                let truth = try Markets.times(Markets.threePages, Series("BTCUSD-1m"))
                let wanted = TimeRange(1_704_844_800_000, 1_705_017_600_000)
                #expect(try await place.kept().times == truth.filter { wanted.contains($0) })
                // The stretch before it joins without asking for anything twice.
                let earlier = try await place.backfill("BTCUSD-1m", "--start", "2024-01-08", "--end", "2024-01-12")
                    .run()
                #expect(earlier.number("requests") == 2)
                #expect(try await place.kept().coverage.ranges == [TimeRange(1_704_672_000_000, wanted.end)])
            }
        }

        @Test(arguments: [
            ("2024-01-02 18:00:00", "2024-01-03 06:00:00"), ("2024-01-02T19:00+01:00", "2024-01-03 06:00 UTC"),
            ("2024-01-02T18:00:00.000Z", "2024-01-03T01:00:00-05:00"),
        ])
        func `what is forgotten is the stretch that was named, to the minute`(start: String, end: String) async throws {
            try await run { exchange, place in
                #expect(try await place.backfill("BTCUSD-1m", "--end", "2024-01-05").run().status == 0)
                let whole = try await place.kept()
                let forget = place.ingest("forget", "--series", "BTCUSD-1m", "--start", start, "--end", end, "--yes")
                #expect(try await forget.run().status == 0)
                let named = TimeRange(1_704_218_400_000, 1_704_261_600_000)
                #expect(try await place.kept().times == whole.times.filter { !named.contains($0) })
            }
        }

        @Test func `what was forgotten becomes unknown and is asked again`() async throws {
            try await run { exchange, place in
                #expect(try await place.backfill("BTCUSD-1m", "--end", "2024-01-05").run().status == 0)
                let whole = try await place.kept()
                let forget = place.ingest(
                    "forget", "--series", "BTCUSD-1m", "--start", "2024-01-02", "--end", "2024-01-03", "--yes")
                #expect(try await forget.run().status == 0)
                #expect(try await place.kept().times.count < whole.times.count)
                let again = try await place.backfill("BTCUSD-1m", "--end", "2024-01-05").run()
                #expect(again.number("requests") == 1)
                #expect(try await place.kept() == whole)
            }
        }

        @Test(arguments: [0.0, 0.02, 0.5]) func `a plan is right`(quiet: Double) async throws {
            let market = ReplayMarket(
                RandomWalk(
                    .init(symbols: [try Symbol("BTCUSD")], range: Markets.range(minutes: 45_000), seed: 3, quiet: quiet)
                ))
            try await Exchange.run(market) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 60_000)
                let plan = try await place.backfill("BTCUSD-1m", "--end", "2024-02-01T06:00:00Z", "--dry-run").run()
                #expect(plan.status == 0)
                #expect(try await place.ingest("status").run().out.contains("No series yet"))
                let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-02-01T06:00:00Z").run()
                let planned = try #require(plan.number("requests"))
                let took = try #require(outcome.number("requests"))
                if quiet < 0.05 {
                    #expect(abs(planned - took) <= 1, "planned \(planned), took \(took)")
                } else {
                    #expect(took <= planned, "planned \(planned), took \(took)")
                    #expect(plan.out.contains("\"at_most\" : true"))
                }
            }
        }

        @Test func `higher timeframes are kept beside the minutes`() async throws {
            try await run { exchange, place in
                for series in ["BTCUSD-1h", "BTCUSD-1D", "BTCUSD-1m"] {
                    let outcome = try await place.backfill(series, "--end", "2024-01-05").run()
                    #expect(outcome.status == 0)
                }
                #expect(try await place.kept("BTCUSD-1D").times.count == 4)
                #expect(try await place.kept("BTCUSD-1h").times.count == 96)
            }
        }
    }
}
