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
        let row = SymbolFigures(finest: try glance(), ticker: try ticker(at: now - 1000), day: day, now: now)
        #expect(row.last == 50)
        #expect(row.change24h == 0.25 && row.volume24h == 7 && row.high24h == 70 && row.low24h == 40)
        #expect(row.lastCandle == newest && row.knownThrough == now && row.state == .live)
        let later = SymbolFigures(finest: try glance(), ticker: try ticker(at: now + 60_000), now: now + 61_000)
        #expect(later.last == 60)
    }

    private let day = PastDay(close: 40, total: CandleTotal(high: 51, low: 39, volume: 3))

    @Test func `an old ticker says nothing, and candles tell of the day`() throws {
        let old = try ticker(at: now - 600_001)
        let row = SymbolFigures(finest: try glance(), ticker: old, day: day, now: now)
        #expect(row.last == 50 && row.change24h == 0.25)
        #expect(row.volume24h == 3 && row.high24h == 51 && row.low24h == 39)
        // The newest candle is at 50.
        let before = PastDay(close: 40, total: CandleTotal(high: 49, low: 48, volume: 3))
        #expect(SymbolFigures(finest: try glance(), ticker: nil, day: before, now: now).high24h == 50)
        #expect(SymbolFigures(finest: try glance(), ticker: old, day: PastDay(close: 0), now: now).change24h == nil)
        #expect(SymbolFigures(finest: try glance(), ticker: nil, now: now).change24h == nil)
    }

    /// One candle each hour of volume 1, and one more a day and a minute ago; all proven up to `proven`, but for `hole`.
    private func total(
        _ series: String = "BTCUSD-1m", proven: UnixMilliseconds? = nil, hole: TimeRange? = nil
    ) async throws -> CandleTotal? {
        var history = try MemoryHistory(series, wantedFrom: now - 200_000_000)
        let end = proven ?? newest - 60_000
        let start = newest - 150_000_000
        if let hole {
            history.coverage.insert(TimeRange(start, hole.start))
            history.coverage.insert(TimeRange(hole.end, end))
        } else {
            history.coverage.insert(TimeRange(start, end))
        }
        let times = [newest - 86_460_000] + (0..<24).reversed().map { newest - $0 * 3_600_000 }
        history.candles = times.enumerated().map { index, time in
            StoredCandle(
                candle: Candle(
                    openTime: time, open: 5, high: 10 - Double(index) / 100, low: 1 + Double(index) / 100, close: 5,
                    volume: 1),
                final: time < end)
        }
        return try await PastDay.total(of: history.glance(now: now), by: MemoryReader(histories: [history]), now: now)
    }

    @Test func `the candles of 24 hours come to a high, a low and a volume`() async throws {
        #expect(try await total() == CandleTotal(high: 9.99, low: 1.01, volume: 24))
    }

    @Test func `a day of which something is unknown has no volume, and one that ended neither`() async throws {
        #expect(try await total(hole: TimeRange(newest - 7_260_000, newest - 7_200_000)) == nil)
        // Older than the day.
        #expect(try await total(hole: TimeRange(newest - 90_060_000, newest - 90_000_000)) != nil)
        #expect(try await total(proven: newest - 3_600_000 * 30) == nil)
        #expect(try await total("BTCUSD-3h") == nil)
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
