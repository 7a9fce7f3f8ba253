import Candles
import Storage
import Testing

@testable import Frontend

@Suite struct SymbolRowTests {
    private let now: UnixMilliseconds = 1_700_000_123_456
    private var newest: UnixMilliseconds { Timeframe.minute1.floor(now) }

    private func glance() throws -> SeriesGlance {
        var history = try MemoryHistory("BTCUSD-1m", wantedFrom: now - 86_400_000)
        history.coverage.insert(TimeRange(now - 86_400_000, newest - 60_000))
        history.candles = [StoredCandle(candle: .flat(at: newest, 50), final: false)]
        return history.glance(now: now)
    }

    private func ticker(at time: UnixMilliseconds) throws -> TickerReading {
        TickerReading(
            ticker: Ticker(
                symbol: try Symbol("BTCUSD"), lastPrice: 60, dailyChange: 1, dailyChangeRelative: 0.25, dailyVolume: 7,
                dailyHigh: 70, dailyLow: 40), at: time)
    }

    @Test(arguments: [
        ("BTCUSD", "BTC/USD"), ("DUSK:USD", "DUSK/USD"), ("BTCF0:USTF0", "BTC PERP"), ("ETHF0:BTCF0", "ETH/BTC PERP"),
        ("TESTBTC:TESTUSD", "TESTBTC/TESTUSD"),
    ])
    func `a symbol has a name that people read`(symbol: String, name: String) throws {
        #expect(try Symbol(symbol).readableName == name)
    }

    @Test func `a ticker that is fresh tells of the day, and the newest candle of the price`() throws {
        let row = SymbolFigures(finest: try glance(), ticker: try ticker(at: now - 1000), closeBefore: 40, now: now)
        #expect(row.last == 50)
        #expect(row.change24h == 0.25 && row.volume24h == 7 && row.high24h == 70 && row.low24h == 40)
        #expect(row.lastCandle == newest && row.knownThrough == now && row.state == .live)
        let later = SymbolFigures(finest: try glance(), ticker: try ticker(at: now + 60_000), now: now + 61_000)
        #expect(later.last == 60)
    }

    @Test func `an old ticker says nothing, and closes tell of the change`() throws {
        let old = try ticker(at: now - 600_001)
        let row = SymbolFigures(finest: try glance(), ticker: old, closeBefore: 40, now: now)
        #expect(row.last == 50 && row.change24h == 0.25 && row.volume24h == nil)
        #expect(SymbolFigures(finest: try glance(), ticker: old, closeBefore: 0, now: now).change24h == nil)
        #expect(SymbolFigures(finest: try glance(), ticker: nil, now: now).change24h == nil)
    }

    @Test func `the line of a day ends now, and has no price where nothing is known`() {
        let spark = SparkTimes(now: now)
        let hour = Timeframe.hour1.milliseconds
        #expect(spark.times.count == 25 && spark.times[0] == now - 24 * hour)
        #expect(spark.times == spark.times.sorted())
        #expect(spark.times[24] == Timeframe.hour1.floor(now) + hour && spark.times[23] == spark.times[24] - hour)
        let closes = (0..<25).map { Double($0) as Double? }
        #expect(spark.known(closes, through: now) == Array(closes.dropFirst()))
        let known = spark.known(closes, through: spark.times[22])
        #expect(known.count == 24 && known[21] == 22 && known[22] == nil && known[23] == nil)
        #expect(spark.known(closes, through: nil) == Array(repeating: nil, count: 24))
    }
}
