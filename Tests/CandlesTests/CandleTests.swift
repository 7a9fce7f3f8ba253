import Candles
import Testing

@Suite("Candle") struct CandleTests {
    private func candle(
        open: Double = 2, high: Double = 3, low: Double = 1, close: Double = 2, volume: Double = 1
    ) -> Candle { Candle(openTime: 0, open: open, high: high, low: low, close: close, volume: volume) }

    @Test func `a price outside low and high is suspect`() {
        #expect(!candle().isSuspect)
        #expect(candle(open: 4).isSuspect)
        #expect(candle(close: 0.5).isSuspect)
        #expect(candle(high: 1.5).isSuspect)
    }

    @Test(arguments: [
        (0.0072031, 0.0072031000000000005, true), (1.0, 1.00000001, true), (1.0, 1.0001, false), (1e9, 1e9 + 0.5, true),
        (1e9, 1e9 + 10, false),
    ])
    func `volumes agree within summation noise`(a: Double, b: Double, agree: Bool) {
        #expect(candle(volume: a).agrees(with: candle(volume: b)) == agree)
    }

    @Test func `prices agree only when equal`() { #expect(!candle().agrees(with: candle(close: 2.0000001))) }
}
