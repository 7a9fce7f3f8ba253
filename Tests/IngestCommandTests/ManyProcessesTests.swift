import BitfinexReplay
import Candles
import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Dozens of timers that fire in the same second, on one host and one address.
    @Suite("Many processes", .timeLimit(.minutes(10))) struct ManyProcessesTests {
        private static let symbols = (0..<30).compactMap { try? Symbol("C\($0):USD".replacing("C", with: "CO")) }

        private static let market = ReplayMarket(
            RandomWalk(.init(symbols: symbols, range: Markets.range(minutes: 5_000), seed: 9, quiet: 0.1)))

        @Test func `thirty processes share one budget, and the server never refuses one`() async throws {
            var settings = ReplaySettings()
            settings.rateLimit = 600
            try await Exchange.run(Self.market, settings: settings) { exchange in
                // Small pages: together they need more than the budget of one minute.
                exchange.server.script(ScriptedFault(.pageLimit(200)))
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 600)
                let failures = try await withThrowingTaskGroup(of: String?.self) { group in
                    for symbol in Self.symbols {
                        group.addTask {
                            let outcome = try await place.backfill("\(symbol)-1m", "--end", "2024-01-10").run()
                            return outcome.status == 0 ? nil : "\(symbol): \(outcome.status) \(outcome.err)"
                        }
                    }
                    var failures: [String] = []
                    for try await failure in group { failures += [failure].compactMap(\.self) }
                    return failures
                }
                #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
                let seen = exchange.statistics
                #expect(seen.rateLimited == 0 && seen.duringBan == 0)
                #expect(seen.candleRequests > 600)
                for symbol in Self.symbols {
                    let truth = try Markets.times(Self.market, Series(symbol: symbol, timeframe: .minute1))
                    #expect(try await place.kept("\(symbol)-1m").times == truth)
                }
            }
        }

        @Test func `two backfills of one series exclude each other`() async throws {
            let first = NIOLockedValueBox<Command.Outcome?>(nil)
            let second = NIOLockedValueBox<Command.Outcome?>(nil)
            let place = NIOLockedValueBox<Workplace?>(nil)
            try await Exchange.run(Markets.threePages) { number in
                // While the first run waits for its third answer, the second one comes.
                guard number == 3, let place = place.withLockedValue({ $0 }) else { return }
                let outcome = try await place.backfill().run()
                second.withLockedValue { $0 = outcome }
            } _: { exchange in
                let here = try Workplace(exchange: exchange.url)
                place.withLockedValue { $0 = here }
                let outcome = try await here.backfill().run()
                first.withLockedValue { $0 = outcome }
            }
            #expect(first.withLockedValue { $0?.status } == 0)
            #expect(second.withLockedValue { $0?.status } == 75)
            #expect(second.withLockedValue { $0?.err.contains("lock-busy") } == true)
        }
    }
}
