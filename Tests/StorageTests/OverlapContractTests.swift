import Candles
import Storage
import Testing

/// Pages that overlap what is kept, as the pages of one walk do by their witness.
@Suite("CandleStore: overlapping pages", .timeLimit(.minutes(2))) struct OverlapContractTests {
    private static let kept: [[Int64]] = [
        [0], [5], [0, 5], [0, 1], [4, 5], [2], [1, 4], [0, 2, 5], [0, 1, 5], [0, 1, 2, 3, 4, 5],
    ]

    @Test(arguments: StoreKind.allCases, kept)
    func `a page adds exactly the rows that are not kept`(kind: StoreKind, kept: [Int64]) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.final(kept.map { .at($0) }), of: series)
        let page = ProvenPage.full(0, 6)
        #expect(
            try await store.store(page, of: series) == StoredPage(written: 6 - kept.count, revised: 0, suspect: 0))
        #expect(try await store.everything(of: series) == page.candles.map { StoredCandle(candle: $0, final: true) })
        #expect(try await store.overview(now: minute(10)) == [scan(database, series, at: minute(10))])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases, [Int64(0), 3, 5])
    func `a kept row that says something else is revised, wherever it lies in the page`(
        kind: StoreKind, changed: Int64
    ) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.final([.at(changed, price: 9)]), of: series)
        let page = ProvenPage.full(0, 6)
        #expect(try await store.store(page, of: series) == StoredPage(written: 6, revised: 1, suspect: 0))
        #expect(try await store.everything(of: series).map(\.candle) == page.candles)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases, [Int64(0), 5])
    func `a kept row that was not final becomes so`(kind: StoreKind, forming: Int64) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(forming: [.at(forming)], of: series)
        let page = ProvenPage.full(0, 6)
        #expect(try await store.store(page, of: series) == StoredPage(written: 6, revised: 0, suspect: 0))
        #expect(try await store.everything(of: series) == page.candles.map { StoredCandle(candle: $0, final: true) })
        #expect(try await store.overview(now: minute(10)) == [scan(database, series, at: minute(10))])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases, [Int64(1), 2])
    func `the smallest pages are no exception`(kind: StoreKind, rows: Int64) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        #expect(try await store.store(.full(0, rows), of: series).written == Int(rows))
        #expect(try await store.store(.full(0, rows), of: series).written == 0)
        #expect(try await store.store(.full(rows - 1, rows + 1), of: series).written == 1)
        #expect(try await store.everything(of: series).map(\.candle) == ProvenPage.full(0, rows + 1).candles)
        await store.close()
    }
}
