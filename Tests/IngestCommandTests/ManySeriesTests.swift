import BitfinexReplay
import Candles
import Foundation
import Ingest
import NIOConcurrencyHelpers
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Dozens of series on one host and one address.
    @Suite("Many series", .timeLimit(.minutes(10))) struct ManySeriesTests {
        private static let names = (0..<60).map { "C\($0 / 10)\($0 % 10)USD" }.map { String($0.prefix(6)) }

        /// How old the newest candles of the worst series were, in milliseconds.
        private struct Ages: Sendable {
            var closed: Int64 = 0
            var final: Int64 = 0
        }

        @Test(arguments: [0.0, 0.4])
        func `sixty series stay fresh on twenty requests a minute, and the exchange refuses none`(
            quiet: Double
        ) async throws {
            let minutes: Int64 = 19
            let stage = try await StreamStage(
                symbols: Self.names, minutes: minutes, speed: 30, seed: 5, quiet: quiet, requestsPerMinute: 20,
                rateLimit: 20)
            let ages = try await stage.run { events in
                try await withThrowingTaskGroup(of: Ages?.self) { group in
                    group.addTask {
                        for await _ in events {}
                        return nil
                    }
                    group.addTask { try await watch(stage, until: StreamStage.beginning + minutes * 60_000) }
                    defer { group.cancelAll() }
                    while let ages = try await group.next() { if let ages { return ages } }
                    return Ages(closed: .max, final: .max)
                }
            }
            let seen = stage.server.statistics
            #expect(seen.rateLimited == 0 && seen.duringBan == 0)
            #expect(seen.candleRequests > 200)
            // Where every minute trades, the newest closed candle is the one before the running minute.
            print(
                "quiet \(quiet): closed \(ages.closed / 1000) s, final \(ages.final / 1000) s, \(seen.candleRequests) requests"
            )
            // Two seconds in which a busy machine does nothing are a minute here; a series that starves is 15 minutes old.
            let stall: Int64 = Effort.isLong ? 0 : 120_000
            if quiet == 0 { #expect(ages.closed <= 120_000 + stall, "\(ages.closed / 1000) s") }
            #expect(ages.final <= 360_000 + stall, "\(ages.final / 1000) s")
            await stage.store.close()
        }

        /// From the eleventh minute on, when every series was read at least once: the oldest age of all.
        ///
        /// A first reading takes three requests, since the beginning of a history is asked about twice.
        private func watch(_ stage: StreamStage, until end: UnixMilliseconds) async throws -> Ages {
            var ages = Ages()
            let step = Timeframe.minute1.milliseconds
            while stage.clock.milliseconds < end {
                try await stage.clock.sleep(until: stage.clock.now.advanced(by: .seconds(15)), tolerance: nil)
                let now = stage.clock.milliseconds
                if now < StreamStage.beginning + 11 * step { continue }
                let rows = try await stage.store.overview(now: now)
                #expect(rows.count == stage.series.count)
                for row in rows {
                    let closed = min(row.last ?? 0, Timeframe.minute1.floor(now) - step)
                    ages.closed = max(ages.closed, now - closed - step)
                    let finalTo = Timeframe.minute1.settledBoundary(at: now) - Int64(row.unknown) * step
                    ages.final = max(ages.final, now - finalTo)
                }
            }
            return ages
        }

        @Test func `with REST alone no series starves`() async throws {
            let names = Self.names.prefix(30)
            let market = try RealtimeTests.living(symbols: Array(names))
            var settings = ReplaySettings()
            settings.rateLimit = 300
            try await Exchange.run(market, settings: settings) { exchange in
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 300)
                for name in names {
                    #expect(try await place.backfill("\(name)-1m", "--lookback-days", "1").run().status == 0)
                }
                // Timers that fire together, again and again, on a budget for a third of them.
                var tight = place
                tight.environment["BITFINEX_REQUESTS_PER_MINUTE"] = "\(exchange.statistics.requests + 10)"
                let here = tight
                let served = try await withThrowingTaskGroup(of: String?.self) { group in
                    for name in names {
                        group.addTask {
                            let run = try await here.ingest("realtime", "--series", "\(name)-1m").killed(after: 8).run()
                            return run.status == 0 ? name : nil
                        }
                    }
                    return try await group.reduce(into: Set<String>()) { if let name = $1 { $0.insert(name) } }
                }
                #expect(!served.isEmpty && served.count < names.count)
                tight.environment["BITFINEX_REQUESTS_PER_MINUTE"] = "\(exchange.statistics.requests + 10)"
                let later = tight
                let next = try await withThrowingTaskGroup(of: String?.self) { group in
                    for name in names {
                        group.addTask {
                            let run = try await later.ingest("realtime", "--series", "\(name)-1m").killed(after: 8)
                                .run()
                            return run.status == 0 ? name : nil
                        }
                    }
                    return try await group.reduce(into: Set<String>()) { if let name = $1 { $0.insert(name) } }
                }
                // Those that were left out go before those that were served.
                #expect(next.isDisjoint(with: served), "\(next.intersection(served))")
                #expect(exchange.statistics.rateLimited == 0)
            }
        }
    }
}
