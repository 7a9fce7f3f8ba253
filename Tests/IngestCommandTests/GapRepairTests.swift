import BitfinexReplay
import Candles
import Foundation
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// `ingest gap-repair`: what is unknown in the last days, in the fewest requests.
    @Suite("Gap repair", .timeLimit(.minutes(5))) struct GapRepairTests {
        private static let minute: Int64 = 60_000

        private func repair(_ place: Workplace, _ more: String...) -> Command {
            .ingest(["gap-repair", "--series", "BTCUSD-1m", "--json"] + more, place.environment)
        }

        /// Forgets single minutes of a series, spread over what is kept.
        private func forget(_ count: Int, in place: Workplace, seed: UInt64) async throws -> Int {
            let store = try SQLiteCandleStore(path: place.sqlitePath)
            let series = try #require(try await store.find(Series("BTCUSD-1m")))
            let times = try await place.kept().times.dropFirst(2).dropLast(2)
            var random = SeededGenerator(seed: seed)
            var holes: Set<UnixMilliseconds> = []
            while holes.count < count, let time = times.randomElement(using: &random) { holes.insert(time) }
            for time in holes { _ = try await store.forget(series, in: TimeRange(time, time + Self.minute)) }
            await store.close()
            return times.count + 4
        }

        /// The newest minute that a run may ask for; one that passes during a test may cost a request more.
        private static func settledMinute() -> Int { Int((Date().timeIntervalSince1970 - 60) / 60) }

        @Test func `a complete series costs nothing`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 600)
                var minute = Self.settledMinute()
                #expect(try await place.backfill().run().status == 0)
                // Nobody traded in the last 48 hours, and that is asked for a second time, once.
                let first = try #require(try await repair(place, "--lookback-days", "3650").run().number("requests"))
                #expect((1...1 + Self.settledMinute() - minute).contains(first))
                minute = Self.settledMinute()
                let before = exchange.statistics.requests
                let outcome = try await repair(place, "--lookback-days", "3650").run()
                #expect(outcome.status == 0, "\(outcome.err)")
                let asked = try #require(outcome.number("requests"))
                #expect((0...Self.settledMinute() - minute).contains(asked))
                #expect(exchange.statistics.requests == before + asked)
            }
        }

        @Test(arguments: [0.0, 0.6])
        func `five hundred scattered holes cost as few requests as pages of 10,000 candles allow`(
            quiet: Double
        ) async throws {
            let market = ReplayMarket(
                RandomWalk(
                    .init(symbols: [try Symbol("BTCUSD")], range: Markets.range(minutes: 43_200), seed: 4, quiet: quiet)
                ))
            try await Exchange.run(market) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 600)
                #expect(try await place.backfill().run().status == 0)
                let minute = Self.settledMinute()
                #expect(try await repair(place, "--lookback-days", "3650").run().status == 0)
                let whole = try await place.kept()
                let rows = try await forget(500, in: place, seed: 1)
                let outcome = try await repair(place, "--lookback-days", "3650").run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.number("unknown") == 0)
                // Pages share the candle at which they meet, and holes lie on nearly all of them.
                let fewest = (rows + 9_997) / 9_998
                let passed = Self.settledMinute() - minute
                #expect((outcome.number("requests") ?? .max) <= fewest + passed)
                let kept = try await place.kept()
                #expect(kept.rows == whole.rows)
                if passed == 0 { #expect(kept == whole) }
            }
        }

        @Test func `what was confirmed empty is asked again once while it is fresh, and with --recheck always`()
            async throws
        {
            try await Exchange.run(try RealtimeTests.living(quiet: 0.5)) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 600)
                #expect(try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run().status == 0)
                let first = try await repair(place, "--lookback-days", "1").run()
                #expect(first.status == 0, "\(first.err)")
                #expect((1...2).contains(try #require(first.number("requests"))))
                // Only a minute that became final meanwhile may cost a request.
                let second = try await repair(place, "--lookback-days", "1").run()
                #expect(second.status == 0)
                let asked = exchange.statistics.log.suffix(second.number("requests") ?? 0)
                #expect(asked.allSatisfy { $0.rows < 30 })
                let all = try await repair(place, "--lookback-days", "1", "--recheck").run()
                #expect(all.status == 0)
                #expect(exchange.statistics.log.suffix(all.number("requests") ?? 0).contains { $0.rows > 300 })
            }
        }

        @Test func `a candle that the exchange added later is found by the recheck`() async throws {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 600)
                #expect(try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run().status == 0)
                let whole = try await place.kept()
                let gone = whole.rows[whole.rows.count / 2].candle.openTime
                // As if nobody had traded in that minute when it was read.
                let store = try SQLiteCandleStore(path: place.sqlitePath)
                let series = try #require(try await store.find(Series("BTCUSD-1m")))
                _ = try await store.forget(series, in: TimeRange(gone, gone + Self.minute))
                _ = try await store.store(
                    ProvenPage(candles: [], proven: [TimeRange(gone, gone + Self.minute)], checkedAt: gone),
                    of: series)
                await store.close()
                #expect(try await repair(place, "--lookback-days", "1").run().status == 0)
                #expect(try await place.kept().times.contains(gone))
            }
        }

        @Test func `an outage of all series is told once`() async throws {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 600)
                let store = try SQLiteCandleStore(path: place.sqlitePath)
                let now = UnixMilliseconds(Date().timeIntervalSince1970 * 1000)
                for name in ["BTCUSD-1m", "ETHUSD-1m"] {
                    #expect(try await place.backfill(name, "--lookback-days", "1").run().status == 0)
                    let series = try #require(try await store.find(Series(name)))
                    _ = try await store.forget(series, in: TimeRange(now - 7_200_000, now - 3_600_000))
                }
                await store.close()
                let first = try await repair(place, "--lookback-days", "1").run()
                #expect(first.err.contains("outage: nothing is known of all 2 series"))
                let second = try await Command.ingest(
                    ["gap-repair", "--series", "ETHUSD-1m"], place.environment
                ).run()
                #expect(second.status == 0)
                #expect(!second.err.contains("outage"))
            }
        }
    }
}
