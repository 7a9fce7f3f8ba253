import BitfinexReplay
import Candles
import NIOCore
import Testing

@Suite("Forming rows", .timeLimit(.minutes(1))) struct FormingRowsTests {
    private static let start = HandWritten.start

    private static func row(_ visible: VisibleRows?) throws -> Candle {
        let visible = try #require(visible)
        var rows = CandleRows()
        rows.append(0, printed: visible.row(at: visible.count - 1).readableBytesView)
        return try #require(rows.candle(at: 0))
    }

    @Test func `a candle grows in twenty steps, and is whole only at its interval's end`() throws {
        let whole = Candle(
            openTime: Self.start, open: 7_379.785503, high: 7_390, low: 7_000.5, close: 7_001, volume: 1.5)
        let first = whole.forming(step: 0)
        #expect([first.high, first.low, first.close] == Array(repeating: whole.open, count: 3))
        #expect(first.volume == 0.0375)
        for step in 1..<Candle.formingSteps {
            let (before, now) = (whole.forming(step: step - 1), whole.forming(step: step))
            #expect(now.open == whole.open && !now.isSuspect && now != whole)
            #expect(before.high < now.high && now.high < whole.high)
            #expect(before.low > now.low && now.low > whole.low)
            #expect(before.close > now.close && now.close > whole.close)
            #expect(before.volume < now.volume && now.volume < whole.volume)
        }
        #expect(whole.forming(step: 20) == whole)
    }

    @Test(arguments: [8e-8, 1e-8, 3e-9]) func `the smallest volume never sinks`(volume: Double) throws {
        let whole = Candle(openTime: Self.start, open: 1, high: 1, low: 1, close: 1, volume: volume)
        let volumes = (0...20).map { whole.forming(step: $0).volume }
        #expect(volumes == volumes.sorted())
        #expect(volumes.allSatisfy { $0 > 0 && $0 <= volume })
    }

    @Test func `the row is the same within a step, and becomes the recorded text`() throws {
        let recorded = "[\(Self.start),143.510528166414,24,250.5,23.00000001,8.000000000000001e-7]"
        let market = ReplayMarket(HandWritten([recorded]))
        func text(_ offset: Int64) throws -> String {
            let visible = try #require(try market.visible(.btc(.minute1), at: Self.start + offset))
            return visible.count == 0 ? "" : String(buffer: visible.row(at: 0))
        }
        #expect(try text(-1) == "")
        #expect(
            try text(0) == "[\(Self.start),143.510528166414,143.510528166414,143.510528166414,143.510528166414,2e-8]")
        #expect(try text(2_999) == text(0))
        #expect(try text(3_000) != text(0))
        #expect(try text(59_999) != recorded)
        #expect(try text(60_000) == recorded)
        #expect(try text(6_000_000) == recorded)
    }

    @Test func `a longer timeframe folds the settled minutes and the partial one`() throws {
        let market = ReplayMarket(HandWritten(HandWritten.minutes(0..<10)))
        let now = Self.start + 2 * 60_000 + 30_000
        let minute = try Self.row(try market.visible(.btc(.minute1), at: now))
        let five = try Self.row(try market.visible(.btc(.minute5), at: now))
        #expect(five.openTime == Self.start)
        #expect(five.open == 1)
        #expect(five.close == minute.close)
        #expect(five.high == 4)
        #expect(five.volume == 0.1 + 0.2 + minute.volume)
    }

    @Test func `an interval without a recorded row has no forming row`() throws {
        let market = ReplayMarket(HandWritten(HandWritten.minutes(0..<2) + HandWritten.minutes(3..<5)))
        let visible = try #require(try market.visible(.btc(.minute1), at: Self.start + 150_000))
        #expect(visible.count == 2)
        #expect(visible.time(at: 1) == Self.start + 60_000)
    }

    @Test func `the forming row may be served as it was recorded`() throws {
        let rows = HandWritten.minutes(0..<5)
        let market = ReplayMarket(HandWritten(rows), forming: .whole)
        let visible = try #require(try market.visible(.btc(.minute1), at: Self.start + 60_000))
        #expect(visible.count == 2)
        #expect(String(buffer: visible.row(at: 1)) == rows[1])
    }
}
