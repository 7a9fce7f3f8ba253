import Candles
import Ingest
import Testing

@Suite("Stale feed") struct StaleFeedTests {
    private func ticker(_ price: Double) throws -> Ticker {
        Ticker(
            symbol: try Symbol("BTCUSD"), lastPrice: price, dailyChange: 0, dailyChangeRelative: 0, dailyVolume: 1,
            dailyHigh: price, dailyLow: price)
    }

    private let series: Series

    init() throws { series = try Series("BTCUSD-1m") }

    /// What is stale after prices that were read a minute apart, where the channel was heard at these times.
    private func stale(_ prices: [Double], updatedAt: Int64) throws -> [[Series]] {
        var feed = StaleFeed()
        return try prices.enumerated().map { number, price in
            feed.read([try ticker(price)], at: Int64(number + 1) * 60_000, updatedAt: [series: updatedAt])
        }
    }

    @Test func `a price that moved without a candle since means that the feed has stopped`() throws {
        #expect(try stale([1, 2, 2], updatedAt: 0) == [[], [], [series]])
    }

    @Test func `a candle may follow its trade by up to a minute`() throws {
        #expect(try stale([1, 2], updatedAt: 0) == [[], []])
        #expect(try stale([1, 2, 2], updatedAt: 130_000) == [[], [], []])
    }

    @Test func `a quiet market is no stale feed, nor is a symbol without a price`() throws {
        #expect(try stale([1, 1, 1, 1], updatedAt: 0) == [[], [], [], []])
        var feed = StaleFeed()
        for number in 1...4 {
            #expect(feed.read([], at: Int64(number) * 60_000, updatedAt: [series: 0]).isEmpty)
        }
    }
}
