import BitfinexReplay
import Candles
import Foundation
import Ingest
import NIOConcurrencyHelpers
import Postgres
import Resilience
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// A run that is killed, a server that is restarted, a disk that is full: nothing is lost, nothing is half-written.
    @Suite("Interrupted runs", .timeLimit(.minutes(10))) struct KillTests {
        private static let kills = Effort.rounds(25, long: 250)

        /// What is backfilled, and how many requests an undisturbed run may take.
        private struct History: Sendable {
            let market: ReplayMarket
            let minutes: Int64
            /// The exchange's silent maximum of rows a page, so that there is much to interrupt.
            let pageLimit: Int?
            let pages: Int

            init(minutes: Int64, quiet: Double, pageLimit: Int?, pages: Int) {
                let symbols = ["BTCUSD"].compactMap { try? Symbol($0) }
                market = ReplayMarket(
                    RandomWalk(.init(symbols: symbols, range: Markets.range(minutes: minutes), seed: 5, quiet: quiet)))
                self.minutes = minutes
                self.pageLimit = pageLimit
                self.pages = pages
            }

            var end: String { Markets.range(minutes: minutes).end.iso8601 }

            /// Makes the exchange forget what was, and lower its page again.
            func prepare(_ exchange: Exchange) {
                exchange.server.reset()
                if let pageLimit { exchange.server.script(ScriptedFault(.pageLimit(pageLimit))) }
            }

            func expectWhole(_ kept: Kept) throws {
                let truth = try Markets.times(market, Series("BTCUSD-1m"))
                #expect(kept.times == truth)
                #expect(kept.coverage.ranges == [TimeRange(truth[0], Markets.range(minutes: minutes).end)])
            }

            /// So many times the history was made whole, in spite of so many kills.
            func expectFew(_ requests: Int, kills: Int, rounds: Int = 1) {
                let most = rounds * pages + 4 * kills
                #expect(requests <= most, "\(requests) requests in \(rounds) rounds with \(kills) kills")
            }
        }

        /// Quiet minutes, small pages, one after the other: some 16,000 rows in pages of 200, a first candle, a quiet end.
        private static let sparse = History(minutes: 20_000, quiet: 0.2, pageLimit: 200, pages: 2 + 83)
        /// Dense history in whole pages: without a budget several windows are in flight when the kill comes.
        private static let dense = History(
            minutes: 100_000, quiet: 0.005, pageLimit: nil,
            pages: 3 + BackfillPlan.windows(intervals: 100_000, overlap: 60))

        @Test(arguments: [false, true]) func `kill -9 at random moments loses nothing and repeats little`(
            isDense: Bool
        ) async throws {
            let history = isDense ? Self.dense : Self.sparse
            let seed = UInt64.random(in: 0...UInt64.max)
            try await Exchange.run(history.market) { exchange in
                var random = SeededGenerator(seed: seed)
                var (killsLeft, rounds, requests) = (Self.kills, 0, 0)
                // A history that got whole in between is begun again, until all kills have hit.
                for _ in 0..<10 * Self.kills where killsLeft > 0 {
                    history.prepare(exchange)
                    let place = try Workplace(exchange: exchange.url)
                    let command = place.backfill("BTCUSD-1m", "--end", history.end)
                    var outcome: Command.Outcome
                    repeat {
                        let moment = killsLeft > 0 ? Double.random(in: 0.02..<0.6, using: &random) : 60
                        outcome = try await command.killed(after: moment).run()
                        if outcome.wasKilled { killsLeft -= 1 }
                    } while outcome.wasKilled
                    #expect(outcome.status == 0, "seed \(seed): \(outcome.err)")
                    try history.expectWhole(await place.kept())
                    rounds += 1
                    requests += exchange.statistics.candleRequests
                }
                #expect(killsLeft == 0, "seed \(seed)")
                history.expectFew(requests, kills: Self.kills, rounds: rounds)
            }
        }

        @Test func `kill -9 at each request in turn loses nothing`() async throws {
            let victim = NIOLockedValueBox<Int32?>(nil)
            let fatal = NIOLockedValueBox(Set(stride(from: 3, to: 100, by: 7)))
            let kills = NIOLockedValueBox(0)
            try await Exchange.run(Self.sparse.market) { number in
                guard fatal.withLockedValue({ $0.remove(number) }) != nil, let pid = victim.withLockedValue({ $0 })
                else { return }
                kills.withLockedValue { $0 += 1 }
                kill(pid, SIGKILL)
            } _: { exchange in
                Self.sparse.prepare(exchange)
                let place = try Workplace(exchange: exchange.url)
                var status: Int32 = -1
                for _ in 0..<100 where status != 0 {
                    status = try await place.backfill("BTCUSD-1m", "--end", Self.sparse.end).run { pid in
                        victim.withLockedValue { $0 = pid }
                    }.status
                    victim.withLockedValue { $0 = nil }
                }
                #expect(status == 0 && kills.withLockedValue { $0 } > 5)
                try Self.sparse.expectWhole(await place.kept())
                Self.sparse.expectFew(exchange.statistics.candleRequests, kills: kills.withLockedValue { $0 })
            }
        }

        @Test func `SIGTERM stores the pages in hand and says that something is left`() async throws {
            let victim = NIOLockedValueBox<Int32?>(nil)
            try await Exchange.run(Self.sparse.market) { number in
                if number == 10, let pid = victim.withLockedValue({ $0 }) { kill(pid, SIGTERM) }
            } _: { exchange in
                Self.sparse.prepare(exchange)
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 60_000)
                let outcome = try await place.backfill("BTCUSD-1m", "--end", Self.sparse.end).run { pid in
                    victim.withLockedValue { $0 = pid }
                }
                #expect(outcome.status == 10)
                #expect(outcome.text("outcome") == "partial")
                let truth = try Markets.times(Self.sparse.market, Series("BTCUSD-1m"))
                let kept = try await place.kept()
                #expect(kept.agrees(with: truth) && !kept.times.isEmpty)
                #expect(try await place.backfill("BTCUSD-1m", "--end", Self.sparse.end).run().status == 0)
                #expect(try await place.kept().times == truth)
            }
        }

        @Test(.enabled(if: ScratchPostgres.isEnabled)) func `a Postgres that restarts in the middle loses nothing`()
            async throws
        {
            let cluster = try await ScratchPostgres.own()
            let url = try await cluster.database()
            let restarts = NIOLockedValueBox(0)
            try await Exchange.run(Self.sparse.market) { number in
                guard [8, 30, 60].contains(number) else { return }
                restarts.withLockedValue { $0 += 1 }
                try await number == 30 ? cluster.crash() : cluster.stop()
                try await cluster.start()
            } _: { exchange in
                Self.sparse.prepare(exchange)
                let place = try Workplace(exchange: exchange.url, database: url)
                var outcome = try await place.backfill("BTCUSD-1m", "--end", Self.sparse.end).run()
                #expect([0, 10, 69].contains(outcome.status), "\(outcome.err)")
                if outcome.status != 0 {
                    outcome = try await place.backfill("BTCUSD-1m", "--end", Self.sparse.end).run()
                }
                #expect(outcome.status == 0, "\(outcome.err)")
                let store = try await PostgresCandleStore(PostgresSettings(conninfo: url), clock: ContinuousClock())
                let kept = try await Kept(series: Series("BTCUSD-1m"), in: store)
                await store.close()
                try Self.sparse.expectWhole(kept)
                Self.sparse.expectFew(exchange.statistics.candleRequests, kills: restarts.withLockedValue { $0 })
            }
        }

    }
}
