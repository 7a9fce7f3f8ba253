import BitfinexReplay
import Candles
import Foundation
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// A pair that the exchange takes off.
    @Suite("Pairs that are gone", .timeLimit(.minutes(5))) struct GoneTests {
        private func unlist(_ exchange: Exchange) {
            exchange.server.script(
                ScriptedFault(.reply(status: 200, body: #"[["ETHUSD"],[]]"#), path: "/v2/conf/"))
        }

        private func requests(_ exchange: Exchange, _ path: String) -> Int {
            exchange.statistics.log.count { $0.path.contains(path) }
        }

        private func age(_ place: Workplace) async throws {
            try await RawDatabase(place).execute([
                "UPDATE series SET list_read_at = list_read_at - 90000000 WHERE gone_since IS NOT NULL"
            ])
        }

        @Test func `it is told once, costs nothing, and goes on when it is listed again`() async throws {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run().status == 0)
                _ = try await place.ingest(
                    "forget", "--series", "BTCUSD-1m", "--start", (RealtimeTests.now() - 1_200_000).iso8601, "--yes"
                ).run()
                let kept = try await place.kept()
                exchange.server.script(ScriptedFault(.empty, path: "tBTCUSD"))
                unlist(exchange)
                let first = try await place.ingest("realtime", "--series", "BTCUSD-1m").run()
                #expect(first.status == 0, "\(first.err)")
                #expect(first.err.contains("is gone: the exchange does not list BTCUSD"), "\(first.err)")
                let asked = requests(exchange, "/candles/")
                for job in ["realtime", "gap-repair", "backfill", "audit"] {
                    let next = try await place.ingest(job, "--series", "BTCUSD-1m").run()
                    #expect(next.status == 0, "\(job): \(next.err)")
                    #expect(next.err.contains("gone from the exchange since"), "\(job): \(next.err)")
                    #expect(!next.err.contains("warning"), "\(job): \(next.err)")
                }
                #expect(requests(exchange, "/candles/") == asked)
                #expect(requests(exchange, "/conf/") == 1)
                #expect(try await place.kept() == kept)
                let status = try await place.ingest("status").run()
                #expect(status.out.contains("gone since"), "\(status.out)")
                let gaps = try await place.ingest("gaps").run()
                #expect(gaps.out == "Nothing is unknown.\n", "\(gaps.out)")
                // Its list is read once a day.
                try await age(place)
                for _ in 0..<2 { _ = try await place.ingest("realtime", "--series", "BTCUSD-1m").run() }
                #expect(requests(exchange, "/candles/") == asked)
                #expect(requests(exchange, "/conf/") == 2)
                exchange.server.reset()
                try await age(place)
                let back = try await place.ingest("realtime", "--series", "BTCUSD-1m").run()
                #expect(back.status == 0, "\(back.err)")
                #expect(back.err.contains("the exchange lists BTCUSD again"))
                #expect(try await place.kept().coverage.ranges.count == 1)
                #expect(try await place.kept().rows.count > kept.rows.count)
            }
        }

        @Test func `not being on the list alone stops nothing, nor does an empty answer of a listed pair`() async throws
        {
            try await Exchange.run(try RealtimeTests.living()) { exchange in
                let place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill("BTCUSD-1m", "--lookback-days", "1").run().status == 0)
                unlist(exchange)
                let unlisted = try await place.ingest("realtime", "--series", "BTCUSD-1m").run()
                #expect(unlisted.status == 0 && !unlisted.err.contains("gone"), "\(unlisted.err)")
                exchange.server.reset()
                _ = try await place.ingest(
                    "forget", "--series", "BTCUSD-1m", "--start", (RealtimeTests.now() - 1_200_000).iso8601, "--yes"
                ).run()
                exchange.server.script(ScriptedFault(.empty, path: "tBTCUSD"))
                let empty = try await place.ingest("realtime", "--series", "BTCUSD-1m").run()
                #expect(empty.status == 12, "\(empty.err)")
                #expect(!empty.err.contains("gone"))
            }
        }
    }
}
