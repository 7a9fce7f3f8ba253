import BitfinexReplay
import Candles
import Foundation
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Rows written by hand, in every form that the exchange prints.
    @Suite("Printed rows", .timeLimit(.minutes(2))) struct PrintedRowsTests {
        private static let rows = """
            [1704067200000,24,24,24,24,3e-7]
            [1704067260000,143.368,143.368,143.368,143.368,8e-8]
            [1704067320000,7206.3,7206.3,7206.3,7206.3,0.0072031000000000005]
            [1704067380000,143.510528166414,143.6,143.7,143.5,0.00009073999999999999]
            [1704067500000,10,11,9,8,1]

            """

        @Test func `each value is the double that was printed, and a row with high below open is kept and flagged`()
            async throws
        {
            let folder = try ScratchFolder()
            try Self.rows.write(toFile: folder.path("BTCUSD_1m_2024.jsonl"), atomically: true, encoding: .utf8)
            try await Exchange.run(ReplayMarket(RecordedFolder(folder.url))) { exchange in
                let place = try Workplace(exchange: exchange.url)
                let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-01-01T01:00").run()
                #expect(outcome.status == 0)
                #expect(outcome.number("suspect") == 1)
                #expect(outcome.err.contains("warning: 1 rows break"))
                let kept = try await place.kept().rows.map(\.candle)
                #expect(kept.map(\.volume) == [3e-7, 8e-8, 0.0072031000000000005, 0.00009073999999999999, 1])
                #expect(kept[3].open == 143.510528166414)
                #expect(kept[4] == Candle(openTime: 1_704_067_500_000, open: 10, high: 9, low: 8, close: 11, volume: 1))
                let status = try await place.ingest("status", "--json").run()
                // A quiet minute inside, and 54 after the last row.
                #expect(status.out.contains("\"empty\" : 55"))
                #expect(status.out.contains("\"count\" : 5"))
            }
        }
    }
}
