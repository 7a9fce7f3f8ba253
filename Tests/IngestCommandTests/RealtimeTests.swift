import BitfinexReplay
import Candles
import Foundation
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// `ingest realtime`: one read of the newest candles.
    @Suite("Realtime", .timeLimit(.minutes(5))) struct RealtimeTests {
        private static let step = Timeframe.minute1.milliseconds

        static func now() -> UnixMilliseconds { UnixMilliseconds(Date().timeIntervalSince1970 * 1000) }

        /// Candles of the last days, which go on while the test runs.
        static func living(
            symbols: [String] = ["BTCUSD", "ETHUSD"], days: Int64 = 2, quiet: Double = 0
        ) throws -> ReplayMarket {
            let now = Timeframe.minute1.floor(now())
            let range = TimeRange(now - days * 86_400_000, now + 3_600_000)
            let names = try symbols.map { try Symbol($0) }
            return ReplayMarket(RandomWalk(.init(symbols: names, range: range, seed: 21, quiet: quiet)))
        }

        private func realtime(_ place: Workplace) -> Command {
            place.ingest("realtime", "--series", "BTCUSD-1m", "--json")
        }

        @Test(arguments: [0, 0.5])
        func `one request brings what is final and what still forms`(quiet: Double) async throws {
            try await Exchange.run(try Self.living(quiet: quiet)) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 600)
                #expect(try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run().status == 0)
                _ = try await place.ingest(
                    "forget", "--series", "BTCUSD-1m", "--start",
                    (Self.now() - 20 * Self.step).iso8601, "--yes"
                ).run()
                let before = exchange.statistics.requests
                let outcome = try await realtime(place).run()
                let settled = Timeframe.minute1.settledBoundary(at: Self.now())
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(outcome.number("unknown") == 0)
                // A quiet end may have to be asked for a second time.
                #expect(exchange.statistics.requests - before <= (quiet == 0 ? 1 : 2))
                #expect(outcome.err.split(separator: "\n").count == 1)
                let kept = try await place.kept()
                #expect(kept.rows.filter { $0.final }.allSatisfy { $0.candle.openTime < settled })
                #expect(kept.rows.contains { !$0.final } || quiet > 0)
                #expect(kept.coverage.ranges.count == 1)
            }
        }

        @Test func `the second of two runs changes what the first called provisional, and loses nothing`() async throws
        {
            try await Exchange.run(try Self.living()) { exchange in
                let place = try Workplace(exchange: exchange.url)
                let first = try await realtime(place).run()
                #expect(first.status == 0, "\(first.err)")
                let early = try await place.kept()
                let second = try await realtime(place).run()
                #expect(second.status == 0)
                let late = try await place.kept()
                #expect(Set(late.times).isSuperset(of: early.times))
                let final = Set(early.rows.filter(\.final))
                #expect(final.isSubset(of: late.rows))
            }
        }

        @Test func `an empty series begins some days back`() async throws {
            try await Exchange.run(try Self.living()) { exchange in
                var place = try Workplace(exchange: exchange.url)
                place.environment["CT_LOOKBACK_DAYS"] = "1"
                let outcome = try await realtime(place).run()
                #expect(outcome.status == 0)
                let oldest = try #require(try await place.kept().times.first)
                #expect(abs(Self.now() - 86_400_000 - oldest) < 300_000)
            }
        }

        @Test func `a turn that is not used is given back`() async throws {
            try await Exchange.run(try Self.living()) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 1)
                var blocked = place
                blocked.environment["DATABASE_URL"] = "sqlite:/proc/nowhere/candles.db"
                #expect(try await realtime(blocked).run().status == 74)
                #expect(exchange.statistics.requests == 0)
                #expect(try await place.ingest("symbols").run().status == 0)
            }
        }
    }
}
