import BitfinexReplay
import Candles
import TestSupport
import Testing

extension IngestCommandSuite {
    /// What the exchange lists is taken, as it spells it.
    @Suite("Names", .timeLimit(.minutes(5))) struct NamesTests {
        private static let names = [
            "GERMANY40IXF0:USTF0", "AUSTRALIA200IXF0:USTF0", "HONGKONG50IXF0:USTF0", "S:USD", "BTCUSD",
        ]

        @Test func `every symbol that the exchange lists is listed, served and backfilled`() async throws {
            let market = ReplayMarket(
                RandomWalk(
                    .init(
                        symbols: Self.names.compactMap { try? Symbol($0) }, range: Markets.range(minutes: 300), seed: 5,
                        quiet: 0.1)))
            try await Exchange.run(market) { exchange in
                // A scheme may be in capitals, and is remembered in one form.
                let place = try Workplace(exchange: exchange.url.replacing("http:", with: "HTTP:"))
                let listed = try await place.ingest("symbols").run()
                #expect(Set(listed.out.split(separator: "\n").map(String.init)) == Set(Self.names))
                for name in Self.names {
                    let outcome = try await place.backfill("\(name)-1m", "--end", "2024-01-01T04:00:00Z").run()
                    #expect(outcome.status == 0, "\(outcome.err)")
                    let kept = try await place.kept("\(name)-1m")
                    #expect(kept.rows.count > 100)
                }
                let again = try Workplace(exchange: exchange.url, database: place.database)
                #expect(try await again.backfill("BTCUSD-1m", "--end", "2024-01-01T04:00:00Z").run().status == 0)
            }
        }
    }
}
