import BitfinexReplay
import Candles
import TestSupport
import Testing

extension IngestCommandSuite {
    /// What an untruthful exchange must never achieve: an unknown interval that is called confirmed empty.
    @Suite("The witness", .timeLimit(.minutes(5))) struct WitnessTests {
        static let lies: [(FaultEffect, times: Int?, exit: Int32)] = [
            (.pageLimit(5_000), nil, 0), (.pageLimit(1), nil, 12), (.empty, 2, 0), (.empty, nil, 12),
            (.rows(.dropWitness), 2, 0), (.rows(.dropWitness), nil, 12), (.rows(.dropLast(100)), 1, 0),
            (.rows(.dropLast(100)), nil, 12), (.rows(.duplicates), 2, 0), (.rows(.duplicates), nil, 0),
            (.rows(.unsorted), 2, 0), (.rows(.outOfRange), 2, 0), (.rows(.outOfRange), nil, 12),
        ]

        @Test(arguments: [0, 60_000], lies.indices)
        func `a lie of the exchange proves nothing`(requestsPerMinute: Int, lie: Int) async throws {
            let (effect, times, exit) = Self.lies[lie]
            let truth = try Markets.times(Markets.threePages, Series("BTCUSD-1m"))
            try await Exchange.run(Markets.threePages) { exchange in
                // The first candle, its proof and the first page are honest; then it lies in the middle.
                exchange.server.script(ScriptedFault(effect, path: "/candles/", skip: 3, times: times))
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: requestsPerMinute)
                let first = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                #expect(first.status == exit || (times == nil && first.status == 10), "\(effect): \(first.err)")
                let kept = try await place.kept()
                #expect(kept.agrees(with: truth), "\(effect)")
                exchange.server.reset()
                let second = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                #expect(second.status == 0, "\(effect): \(second.err)")
                let whole = try await place.kept()
                #expect(whole.times == truth)
                #expect(whole.coverage.ranges == [TimeRange(truth[0], 1_707_523_200_000)])
            }
        }

        @Test(arguments: [0, 1]) func `one false answer to a question for a witness is asked again`(skip: Int)
            async throws
        {
            try await Exchange.run(Markets.threePages) { exchange in
                exchange.server.script(ScriptedFault(.empty, path: "/candles/", skip: skip, times: 1))
                let place = try Workplace(exchange: exchange.url)
                let outcome = try await place.backfill("BTCUSD-1m", "--start", "2024-01-05", "--end", "2024-01-08")
                    .run()
                #expect(outcome.status == 0, "\(outcome.err)")
                let truth = try Markets.times(Markets.threePages, Series("BTCUSD-1m"))
                #expect(try await place.kept().agrees(with: truth))
            }
        }

        @Test func `a first candle that is hidden gives no history and no series`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                exchange.server.script(ScriptedFault(.empty, path: "/candles/"))
                let place = try Workplace(exchange: exchange.url)
                let outcome = try await place.backfill().run()
                #expect(outcome.status == 69)
                #expect(outcome.err.contains("series-without-history"))
                #expect(try await place.kept() == Kept())
                #expect(try await place.ingest("status", "--json").run().out.contains("\"series\" : ["))
            }
        }
    }
}
