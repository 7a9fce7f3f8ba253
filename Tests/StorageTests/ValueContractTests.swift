import Candles
import Storage
import TestSupport
import Testing

/// Numbers come back as the doubles that they were.
@Suite("CandleStore: values", .timeLimit(.minutes(2))) struct ValueContractTests {
    private static let printed: [Double] = [
        24, 8e-8, 0.0072031000000000005, 143.510528166414, 0, 0.1 + 0.2, 1 / 3, 1e22, 1e23, 123_456_789_012_345_680,
        .leastNonzeroMagnitude, .leastNormalMagnitude, .leastNormalMagnitude.nextDown, .greatestFiniteMagnitude,
        9_007_199_254_740_991, -1.5,
    ]

    private func finite(_ random: inout SeededGenerator) -> Double {
        while true {
            let value = Double(bitPattern: random.next())
            if value.isFinite { return value }
        }
    }

    /// Candles that hold the values in every column.
    private func candles(_ values: [Double]) -> [Candle] {
        values.indices.map { index in
            func value(_ offset: Int) -> Double { values[(index + offset) % values.count] }
            return Candle(
                openTime: minute(Int64(index)), open: value(0), high: value(1), low: value(2), close: value(3),
                volume: value(4))
        }
    }

    private func bits(_ candles: [Candle]) -> [[UInt64]] {
        candles.map { [$0.open, $0.high, $0.low, $0.close, $0.volume].map(\.bitPattern) }
    }

    @Test(arguments: StoreKind.allCases)
    func `values come back as the same double`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let sent = candles(Self.printed)
        _ = try await store.store(.final(sent, proving: minutes(0, 1000)), of: series)
        #expect(bits(try await store.everything(of: series).map(\.candle)) == bits(sent))
        await store.close()
    }

    @Test(arguments: StoreKind.allCases, UInt64(1)...4)
    func `any finite double comes back, whether its row is new or replaces one`(
        kind: StoreKind, seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        for _ in 0..<2 {
            let sent = candles((0..<500).map { _ in finite(&random) })
            #expect(try await store.store(.final(sent, proving: minutes(0, 500)), of: series).written == 500)
            #expect(bits(try await store.everything(of: series).map(\.candle)) == bits(sent), "seed \(seed)")
            #expect(try await store.store(.final(sent, proving: minutes(0, 500)), of: series).written == 0)
        }
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `times before 1970 and far ahead come back`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample("BTCUSD-1D"), from: -86_400_000 * 300)
        let days: [Int64] = [-300, -1, 0, 1, 15_000, 80_000]
        let sent = days.map {
            Candle(openTime: $0 * 86_400_000, open: 1, high: 1, low: 1, close: 1, volume: 0)
        }
        let proven = TimeRange(-86_400_000 * 300, 86_400_000 * 90_000)
        _ = try await store.store(.final(sent, proving: proven), of: series)
        #expect(try await store.candles(of: series, in: proven, limit: 10).map(\.candle) == sent)
        #expect(try await store.coverage(of: series).ranges == [proven])
        #expect(try await store.find(.sample("BTCUSD-1D")) == series)
        await store.close()
    }
}
