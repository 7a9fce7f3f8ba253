import Candles
import Storage
import Testing

@testable import Frontend

@Suite struct KnownThroughTests {
    private let minute: Int64 = 60_000

    /// Proven to a time, with a newest candle at another.
    private func knownThrough(proven: Int64?, candle: Int64?, final: Bool, now: Int64) throws -> Int64? {
        var history = try MemoryHistory("BTCUSD-1m")
        if let proven { history.coverage.insert(TimeRange(0, proven * minute)) }
        if let candle { history.candles = [StoredCandle(candle: .flat(at: candle * minute, 1), final: final)] }
        return history.glance(now: now).knownThrough(now: now)
    }

    @Test func `known is what is proven, or what the newest candle has seen`() throws {
        #expect(try knownThrough(proven: nil, candle: nil, final: false, now: 99) == nil)
        #expect(try knownThrough(proven: 3, candle: nil, final: false, now: 400_000) == 180_000)
        #expect(try knownThrough(proven: 3, candle: 2, final: true, now: 400_000) == 180_000)
        #expect(try knownThrough(proven: nil, candle: 5, final: true, now: 400_000) == 360_000)
        #expect(try knownThrough(proven: 3, candle: 5, final: false, now: 330_000) == 330_000)
        #expect(try knownThrough(proven: 3, candle: 5, final: false, now: 990_000) == 360_000)
        #expect(try knownThrough(proven: 3, candle: 5, final: false, now: 100) == 300_000)
    }
}
