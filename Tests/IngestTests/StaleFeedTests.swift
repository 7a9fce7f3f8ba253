import Candles
import Ingest
import Testing

@Suite("Stale feed") struct StaleFeedTests {
    private func ticker(_ price: Double) throws -> Ticker {
        Ticker(
            symbol: try Symbol("BTCUSD"), lastPrice: price, dailyChange: 0, dailyChangeRelative: 0, dailyVolume: 1,
            dailyHigh: price, dailyLow: price)
    }

    @Test func `a price that moved without a candle means that the feed has stopped`() throws {
        let series = try Series("BTCUSD-1m")
        var feed = StaleFeed()
        #expect(feed.read([try ticker(1)], at: 100_000, updatedAt: [series: 0]).isEmpty)
        #expect(feed.read([try ticker(2)], at: 160_000, updatedAt: [series: 0]) == [series])
    }

    @Test func `a quiet market is no stale feed, nor is one that brought a candle`() throws {
        let series = try Series("BTCUSD-1m")
        var feed = StaleFeed()
        _ = feed.read([try ticker(1)], at: 100_000, updatedAt: [series: 0])
        #expect(feed.read([try ticker(1)], at: 160_000, updatedAt: [series: 0]).isEmpty)
        #expect(feed.read([try ticker(2)], at: 220_000, updatedAt: [series: 161_000]).isEmpty)
        #expect(feed.read([], at: 280_000, updatedAt: [series: 0]).isEmpty)
        #expect(feed.read([try ticker(5)], at: 340_000, updatedAt: [:]).isEmpty)
    }
}
