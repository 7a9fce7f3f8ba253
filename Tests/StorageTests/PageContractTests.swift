import Candles
import Resilience
import Storage
import TestSupport
import Testing

/// What storing a page means, on every kind of store.
@Suite("CandleStore: pages", .timeLimit(.minutes(2))) struct PageContractTests {
    @Test(arguments: StoreKind.allCases)
    func `storing a page twice changes nothing and writes no row`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let page = ProvenPage.final([.at(0), .at(2), .at(3, price: 7)], proving: minutes(0, 4))
        #expect(try await store.store(page, of: series) == StoredPage(written: 3, revised: 0, suspect: 0))
        let rows = try await store.everything(of: series)
        let overview = try await store.overview(now: minute(10))

        #expect(try await store.store(page, of: series) == StoredPage(written: 0, revised: 0, suspect: 0))
        #expect(try await store.everything(of: series) == rows)
        #expect(try await store.coverage(of: series).ranges == [minutes(0, 4)])
        #expect(try await store.overview(now: minute(10)) == overview)
        #expect(try await database.number("SELECT count(*) FROM revisions") == 0)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a page without candles proves that nobody traded`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let page = ProvenPage.final([], proving: minutes(0, 5), minutes(7, 9), TimeRange(minute(20), minute(20)))
        #expect(try await store.store(page, of: series) == StoredPage(written: 0, revised: 0, suspect: 0))
        #expect(try await store.coverage(of: series).ranges == [minutes(0, 5), minutes(7, 9)])
        #expect(try await store.overview(now: minute(11)).first?.empty == 7)
        #expect(try await store.gaps(now: minute(11)).map(\.range) == [minutes(5, 7), minutes(9, 10)])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a row that breaks low ≤ open ≤ high is stored as sent and listed as suspect`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let broken = Candle(openTime: minute(1), open: 10, high: 9, low: 8, close: 9, volume: 1)
        #expect(
            try await store.store(.final([.at(0), broken, .at(2)], proving: minutes(0, 3)), of: series)
                == StoredPage(written: 3, revised: 0, suspect: 1))
        #expect(try await store.everything(of: series)[1] == StoredCandle(candle: broken, final: true))
        #expect(try await store.overview(now: minute(10)).first?.suspect == 1)
        let time = database.milliseconds("open_time")
        #expect(
            try await database.rows("SELECT symbol, timeframe, \(time) FROM suspect_candles")
                == [["BTCUSD", "1m", "\(minute(1))"]])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a suspect row is no longer listed once the exchange corrected it`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let broken = Candle(openTime: minute(1), open: 10, high: 9, low: 8, close: 9, volume: 1)
        _ = try await store.store(.final([broken], proving: minutes(1, 2)), of: series)
        #expect(try await store.overview(now: minute(10)).first?.suspect == 1)
        _ = try await store.store(.full(0, 3), of: series)
        #expect(try await store.overview(now: minute(10)).first?.suspect == 0)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a final row replaces one that is not, and never the other way round`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        #expect(try await store.store(forming: [.at(0, price: 1), .at(1, price: 1)], of: series) == 2)
        #expect(try await store.overview(now: minute(10)).first?.lastFinal == nil)
        #expect(try await store.coverage(of: series).isEmpty)
        #expect(try await store.store(forming: [.at(1, price: 2)], of: series) == 1)

        let final = ProvenPage.final([.at(0, price: 1), .at(1, price: 3)], proving: minutes(0, 2))
        #expect(try await store.store(final, of: series) == StoredPage(written: 2, revised: 0, suspect: 0))
        let kept = try await store.everything(of: series)
        #expect(kept == final.candles.map { StoredCandle(candle: $0, final: true) })

        #expect(try await store.store(forming: [.at(0, price: 9), .at(1, price: 9), .at(2)], of: series) == 1)
        #expect(try await store.everything(of: series) == kept + [StoredCandle(candle: .at(2), final: false)])
        #expect(try await store.overview(now: minute(10)) == [scan(database, series, at: minute(10))])
        #expect(try await database.number("SELECT count(*) FROM revisions") == 0)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a final row that the exchange changed gives one revision with old and new values`(
        kind: StoreKind
    ) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 3, price: 5), of: series)
        var page = ProvenPage.final([.at(0, price: 5), .at(1, price: 6), .at(2, price: 5)], proving: minutes(0, 3))
        page.checkedAt = minute(20_000)
        #expect(try await store.store(page, of: series) == StoredPage(written: 1, revised: 1, suspect: 0))
        #expect(try await store.store(page, of: series) == StoredPage(written: 0, revised: 0, suspect: 0))
        #expect(try await store.everything(of: series).map(\.candle) == page.candles)
        let time = database.milliseconds("open_time")
        let seen = database.milliseconds("seen_at")
        let rows = try await database.rows(
            """
            SELECT \(time), \(seen), old_open, old_high, old_low, old_close, old_volume,
                new_open, new_high, new_low, new_close, new_volume FROM revisions
            """)
        #expect(rows.count == 1)
        #expect(
            rows.first?.map { Double($0) }
                == [Double(minute(1)), Double(minute(20_000)), 5, 7, 3, 6, 1.5, 6, 8, 4, 7, 1.5])
        await store.close()
    }

    private static let volumes: [(old: Double, new: Double, revised: Int)] = [
        (1.5, 1.5 + 9e-9, 0), (1.5, 1.5 + 2e-8, 1), (4e9, 4e9 + 3, 0), (4e9, 4e9 + 5, 1), (0.3, 0.1 + 0.2, 0),
        (0, 1e-8, 0), (0, 1.1e-8, 1),
    ]

    @Test(arguments: StoreKind.allCases, volumes)
    func `summation noise in a volume is no revision, more than noise is one`(
        kind: StoreKind, volumes: (old: Double, new: Double, revised: Int)
    ) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.final([.at(0, volume: volumes.old)], proving: minutes(0, 1)), of: series)
        let noisy = ProvenPage.final([.at(0, volume: volumes.new)], proving: minutes(0, 1))
        #expect(try await store.store(noisy, of: series).revised == volumes.revised)
        #expect(try await database.number("SELECT count(*) FROM revisions") == Int64(volumes.revised))
        #expect(Candle.volumesAgree(volumes.old, volumes.new) == (volumes.revised == 0))
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `an error in the middle of a page leaves nothing behind`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(10, 20, price: 5), of: series)
        let rows = try await store.everything(of: series)
        let overview = try await store.overview(now: minute(30))

        try await database.blockCoverage()
        for page in [ProvenPage.full(0, 5), .full(5, 15, price: 6)] {
            let error = await #expect(throws: (any Error).self) { try await store.store(page, of: series) }
            #expect((error as? any Fault)?.summary.contains("blocked") == true)
        }
        #expect(try await store.everything(of: series) == rows)
        #expect(try await store.coverage(of: series).ranges == [minutes(10, 20)])
        #expect(try await store.overview(now: minute(30)) == overview)
        #expect(try await database.number("SELECT count(*) FROM revisions") == 0)

        try await database.clearWay()
        #expect(try await store.store(.full(5, 15, price: 6), of: series).revised == 5)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a page of a series that was forgotten meanwhile is refused`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        #expect(try await store.forget(series, in: nil) == 0)
        _ = try await store.track(.sample("ETHUSD-1m"), from: minute(0))
        for page in [ProvenPage.full(0, 5), .final([], proving: minutes(0, 1))] {
            await #expect(throws: (any Error).self) { try await store.store(page, of: series) }
        }
        #expect(try await database.number("SELECT count(*) FROM candle") == 0)
        #expect(try await database.number("SELECT count(*) FROM coverage") == 0)
        await store.close()
    }
}
