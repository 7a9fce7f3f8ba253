import BitfinexReplay
import Candles
import Foundation
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Candles that were kept as final, and that the exchange deletes.
    @Suite("Withdrawn candles", .timeLimit(.minutes(5))) struct WithdrawalTests {
        private func withdraw(_ times: ArraySlice<UnixMilliseconds>, from exchange: Exchange) throws {
            exchange.server.script(
                ScriptedFault(.withdrawn(from: try #require(times.first), through: try #require(times.last))))
        }

        private func revisions(_ place: Workplace) async throws -> Int {
            try await RawDatabase(place).count("SELECT * FROM revisions WHERE new_open IS NULL")
        }

        @Test(arguments: [1, 3, 40]) func `a realtime read goes back to an earlier candle, and says so once`(
            count: Int
        ) async throws {
            try await Exchange.run(try RealtimeTests.living(quiet: 0.3)) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run().status == 0)
                let final = try await place.kept().rows.filter(\.final).map(\.candle.openTime)
                try withdraw(final.suffix(count), from: exchange)
                let first = try await place.ingest("realtime", "--series", "BTCUSD-1m").run()
                #expect(first.status == 0, "\(first.err)")
                #expect(first.err.contains("the exchange has withdrawn"), "\(first.err)")
                #expect(try await revisions(place) == count)
                #expect(try await !place.kept().times.contains { final.suffix(count).contains($0) })
                let second = try await place.ingest("realtime", "--series", "BTCUSD-1m").run()
                #expect(second.status == 0 && !second.err.contains("withdrawn"), "\(second.err)")
                #expect(try await revisions(place) == count)
            }
        }

        @Test func `random withdrawals around a hole heal, whichever job fills it`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                let truth = try Markets.times(Markets.threePages, Series("BTCUSD-1m"))
                let seed = UInt64.random(in: 0...UInt64.max)
                var random = SeededGenerator(seed: seed)
                for round in 0..<Effort.rounds(3, long: 60) {
                    exchange.server.reset()
                    let place = try Workplace(exchange: exchange.url)
                    #expect(try await place.backfill("BTCUSD-1m", "--end", "2024-01-08").run().status == 0)
                    let whole = try await place.kept()
                    let kept = whole.times
                    let low = Int.random(in: 0..<kept.count - 300, using: &random)
                    let high = low + Int.random(in: 1..<200, using: &random)
                    let hole = TimeRange(kept[low], kept[high])
                    _ = try await place.ingest(
                        "forget", "--series", "BTCUSD-1m", "--start", hole.start.iso8601, "--end", hole.end.iso8601,
                        "--yes"
                    ).run()
                    // Up to ten candles at either side, or of the hole itself.
                    let start = max(0, low - Int.random(in: -3..<10, using: &random))
                    let end = min(kept.count - 1, high + Int.random(in: -3..<10, using: &random))
                    let gone = Set(
                        [start...max(start, low), min(high, end)...end].filter { _ in Bool.random(using: &random) }
                            .flatMap { kept[$0] })
                    for time in gone { try withdraw([time], from: exchange) }
                    let job =
                        round % 2 == 0
                        ? ["backfill", "--end", "2024-01-08"] : ["gap-repair", "--lookback-days", "9000"]
                    let outcome = try await Command.ingest(
                        [job[0], "--series", "BTCUSD-1m"] + job.dropFirst(), place.environment
                    ).run()
                    let note: Comment =
                        "seed \(seed), round \(round), hole \(low)..<\(high), \(gone.count) gone: \(outcome.err)"
                    #expect(outcome.status == 0, note)
                    let left = try await place.kept()
                    // What lies apart from the hole is an audit's to find; nothing else differs.
                    #expect(
                        left.times.filter { !gone.contains($0) && $0 < kept[kept.count - 1] }
                            == truth.filter { !gone.contains($0) && $0 < kept[kept.count - 1] }, note)
                    #expect(IntervalSet([hole]).subtracting(left.coverage).isEmpty, note)
                    #expect(left.times.allSatisfy { !gone.contains($0) || !hole.contains($0) }, note)
                    #expect(
                        try await revisions(place)
                            == whole.times.filter { !hole.contains($0) && !left.times.contains($0) }.count, note)
                }
            }
        }

        @Test func `a first candle that is withdrawn moves the beginning`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill("BTCUSD-1m", "--end", "2024-01-05").run().status == 0)
                let kept = try await place.kept().times
                _ = try await place.ingest(
                    "forget", "--series", "BTCUSD-1m", "--start", kept[1].iso8601, "--end", kept[30].iso8601, "--yes"
                ).run()
                try withdraw(kept[0...3], from: exchange)
                let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-01-05").run()
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(try await place.kept().times == Array(kept.dropFirst(4)))
                #expect(try await revisions(place) == 1)
            }
        }

        @Test(arguments: [FaultEffect.rows(.dropWitness), .empty, .pageLimit(1), .rows(.dropLast(1))])
        func `what one question hides and another shows is not withdrawn`(effect: FaultEffect) async throws {
            try await Exchange.run(try RealtimeTests.living(quiet: 0.3)) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run().status == 0)
                let before = try await place.kept().rows.filter(\.final)
                exchange.server.script(ScriptedFault(effect, path: "start="))
                _ = try await place.ingest("realtime", "--series", "BTCUSD-1m").run()
                let kept = try await place.kept().rows
                #expect(before.allSatisfy { kept.contains($0) })
                #expect(try await revisions(place) == 0)
            }
        }

        @Test func `an answer of before a candle does not withdraw it`() async throws {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run().status == 0)
                let before = try await place.kept().rows.filter(\.final)
                exchange.server.script(ScriptedFault(.asOf(seconds: 1_200)))
                exchange.server.script(ScriptedFault(.dated(seconds: -1_200, age: "1200")))
                let outcome = try await place.ingest("realtime", "--series", "BTCUSD-1m").run()
                // Nothing was unknown, unless a minute has settled meanwhile.
                #expect([0, 10].contains(outcome.status), "\(outcome.err)")
                let kept = try await place.kept().rows
                #expect(before.allSatisfy { kept.contains($0) })
                #expect(try await revisions(place) == 0)
            }
        }
    }
}
