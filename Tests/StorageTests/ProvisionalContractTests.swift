import Candles
import Storage
import TestSupport
import Testing

/// What rows that may still change mean, on every kind of store.
@Suite("CandleStore: provisional rows", .timeLimit(.minutes(2))) struct ProvisionalContractTests {
    private func volumes(_ store: any CandleStore, _ series: StoredSeries) async throws -> [Double] {
        try await store.everything(of: series).map(\.candle.volume)
    }

    @Test(arguments: StoreKind.allCases)
    func `an older state of a candle never overwrites a newer one`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        #expect(try await store.store(forming: [.at(0, volume: 2)], of: series) == 1)
        #expect(try await store.store(forming: [.at(0, price: 7, volume: 1)], of: series) == 0)
        #expect(try await volumes(store, series) == [2])
        #expect(try await store.store(forming: [.at(0, price: 7, volume: 2)], of: series) == 1)
        #expect(try await store.store(forming: [.at(0, volume: 3), .at(1, volume: 1)], of: series) == 2)
        #expect(try await volumes(store, series) == [3, 1])
        #expect(try await store.overview(now: minute(10)) == [scan(database, series, at: minute(10))])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `nothing provisional enters what is proven, whether a row is there or not`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.final([.at(0)], proving: minutes(0, 2)), of: series)
        #expect(try await store.store(forming: [.at(0, volume: 9), .at(1, volume: 9)], of: series) == 0)
        #expect(try await store.everything(of: series) == [StoredCandle(candle: .at(0), final: true)])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a provisional row that the proof lacks is removed`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(forming: [.at(1), .at(3), .at(4)], of: series)
        let page = ProvenPage.final([.at(0), .at(2)], proving: minutes(0, 4))
        #expect(try await store.store(page, of: series) == StoredPage(written: 4, revised: 0, suspect: 0))
        #expect(
            try await store.everything(of: series) == [
                StoredCandle(candle: .at(0), final: true), StoredCandle(candle: .at(2), final: true),
                StoredCandle(candle: .at(4), final: false),
            ])
        #expect(try await store.overview(now: minute(10)) == [scan(database, series, at: minute(10))])
        #expect(try await database.number("SELECT count(*) FROM revisions") == 0)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `rows of several series are stored together, or none of them`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let one = try await store.track(.sample("BTCUSD-1m"), from: minute(0))
        let other = try await store.track(.sample("ETHUSD-5m"), from: minute(0))
        let both = [
            ProvisionalRows(series: other, candles: [.at(0), .at(5)]), ProvisionalRows(series: one, candles: [.at(1)]),
        ]
        #expect(try await store.store(provisional: both) == 3)
        #expect(try await store.store(provisional: both) == 0)
        _ = try await store.forget(other, in: nil)
        await #expect(throws: StorageFault.self) {
            try await store.store(
                provisional: [ProvisionalRows(series: one, candles: [.at(2)])] + both)
        }
        #expect(try await store.everything(of: one).map(\.candle) == [.at(1)])
        await store.close()
    }
}
