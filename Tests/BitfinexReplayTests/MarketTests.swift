import BitfinexReplay
import Candles
import Foundation
import NIOCore
import Testing

@Suite("Market", .timeLimit(.minutes(1))) struct MarketTests {
    private static let start = HandWritten.start
    private static let day = Timeframe.day1.milliseconds

    private static func walk(seed: UInt64 = 7, days: Int64 = 3, quiet: Double = 0.4) throws -> RandomWalk {
        RandomWalk(
            .init(
                symbols: [try Symbol("BTCUSD"), try Symbol("ETHUSD")], range: TimeRange(start, start + days * day),
                seed: seed, quiet: quiet))
    }

    @Test func `the same seed gives the same rows, another one others`() throws {
        let rows = try Self.walk().rows(of: .btc(.minute1))
        #expect(try Self.walk().rows(of: .btc(.minute1)).text(0..<rows.count) == rows.text(0..<rows.count))
        #expect(try Self.walk(seed: 8).rows(of: .btc(.minute1)).text(0..<1) != rows.text(0..<1))
        let ether = Series(symbol: try Symbol("ETHUSD"), timeframe: .minute1)
        #expect(try Self.walk().rows(of: ether).text(0..<1) != rows.text(0..<1))
    }

    @Test func `generated rows look as the exchange's, with quiet minutes`() throws {
        let rows = try Self.walk().rows(of: .btc(.minute1))
        #expect(rows.times.first == Self.start)
        #expect((0.55..<0.65).contains(Double(rows.count) / (3 * 1_440)))
        #expect(zip(rows.times, rows.times.dropFirst()).allSatisfy { $0 < $1 && $0 % 60_000 == 0 })
        for index in 0..<rows.count {
            let candle = try #require(rows.candle(at: index))
            #expect(!candle.isSuspect && candle.volume > 0 && candle.low > 0)
            let text = String(buffer: rows.text(index..<index + 1))
            let numbers = [candle.open, candle.close, candle.high, candle.low, candle.volume]
            #expect(text == "[\(candle.openTime),\(numbers.map { JavaScriptNumber.text($0) }.joined(separator: ","))]")
        }
    }

    @Test(arguments: Timeframe.allCases.dropFirst()) func `longer timeframes are a plain fold of the minutes`(
        timeframe: Timeframe
    ) throws {
        let market = ReplayMarket(try Self.walk())
        let minutes = try Self.walk().rows(of: .btc(.minute1))
        let groups = Dictionary(grouping: (0..<minutes.count).compactMap { minutes.candle(at: $0) }) {
            $0.openTime / timeframe.milliseconds
        }
        let folded = try #require(try market.visible(.btc(timeframe), at: Replay.later))
        #expect(folded.count == groups.count)
        for (index, number) in groups.keys.sorted().enumerated() {
            let group = try #require(groups[number])
            let numbers = [
                group.first?.open, group.last?.close, group.map(\.high).max(), group.map(\.low).min(),
                group.reduce(0) { $0 + $1.volume },
            ]
            let text = numbers.compactMap { $0 }.map { JavaScriptNumber.text($0) }.joined(separator: ",")
            #expect(String(buffer: folded.row(at: index)) == "[\(number * timeframe.milliseconds),\(text)]")
        }
    }

    @Test func `a timeframe that was recorded is not folded`() throws {
        let market = ReplayMarket(
            HandWritten([.btc(.minute1): HandWritten.minutes(0..<60), .btc(.hour1): ["[\(Self.start),1,1,1,1,9]"]]))
        let hour = try #require(try market.visible(.btc(.hour1), at: Replay.later))
        #expect(String(buffer: hour.row(at: 0)) == "[\(Self.start),1,1,1,1,9]")
        #expect(try market.visible(.btc(.hour3), at: Replay.later)?.count == 1)
    }

    @Test func `rows of the future are not served, and the forming candle grows`() async throws {
        let now = Self.start + 2 * 3_600_000 + 90_000
        let rows = HandWritten.minutes(0..<300)
        let half = "[\(Self.start + 121 * 60_000),122,122.5,123,121.5,0.06405]"
        try await Replay.run(HandWritten(rows), now: { now }) { replay async throws in
            #expect(try await replay.candles("limit=2").rows == [half, rows[120]])
            #expect(try await replay.candles("", section: "last").text == half)
            let hours = try await replay.candles("sort=1", "1h").rows
            #expect(hours.count == 3)
            #expect(
                hours.last == "[\(Self.start + 7_200_000),121,122.5,123,120,\(JavaScriptNumber.text(0.121 + 0.06405))]")
            #expect(try await replay.candles("limit=2", "1h").rows == hours.suffix(2).reversed())
            #expect(try await replay.candles("", "1h", section: "last").text == hours.last)
            #expect(try await replay.candles("start=\(Self.start + 7_200_000)&sort=1", "1h").rows == hours.suffix(1))
        }
    }

    @Test(arguments: [0, 61_000, 43_200_000, 86_399_999] as [Int64])
    func `a shifted recording ends now, and goes on as time does`(offset: Int64) throws {
        let now = Self.start + 1_000 * Self.day + offset
        let source = try Self.walk(days: 40, quiet: 0)
        let market = ReplayMarket(source, shiftedToEndAt: now)
        let visible = try #require(try market.visible(.btc(.minute1), at: now))
        #expect(visible.time(at: visible.count - 1) == Timeframe.minute1.floor(now))
        #expect((visible.time(at: 0) - Self.start) % Self.day == 0)
        let original = try source.rows(of: .btc(.minute1))
        #expect(String(buffer: visible.row(at: 0)).dropFirst(14) == String(buffer: original.text(0..<1)).dropFirst(14))
        #expect(String(buffer: visible.row(at: 0)).hasPrefix("[\(visible.time(at: 0)),"))
        let later = try #require(try market.visible(.btc(.minute1), at: now + 60_000))
        #expect(later.count == min(visible.count + 1, original.count))
    }
}
