import Candles
import Resilience
import Storage
import TestSupport
import Testing

/// Several processes on one database, on every kind of store.
@Suite("CandleStore: several processes", .timeLimit(.minutes(3))) struct ConcurrencyContractTests {
    @Test(arguments: StoreKind.allCases, 1...3)
    func `eight processes open a fresh database at once`(kind: StoreKind, round: Int) async throws {
        let database = try await kind.database()
        let stores = try await withThrowingTaskGroup(of: (any CandleStore).self) { group in
            for _ in 0..<8 { group.addTask { try await database.store() } }
            var stores: [any CandleStore] = []
            for try await store in group { stores.append(store) }
            return stores
        }
        #expect(stores.count == 8)
        #expect(try await database.number("SELECT count(*) FROM meta WHERE key = 'schema_version'") == 1)
        for (index, store) in stores.enumerated() {
            let series = try await store.track(.sample(), from: minute(Int64(index)))
            #expect(series.wantedFrom == minute(0))
            #expect(try await store.store(.full(Int64(index), Int64(index) + 1), of: series).written == 1)
        }
        for store in stores { await store.close() }
    }

    @Test(arguments: StoreKind.allCases)
    func `two stores that write one series at the same time end consistent`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let stores = [try await database.store(), try await database.store()]
        let series = try await stores[0].track(.sample(), from: minute(0))
        var pages: [ProvenPage] = []
        for index in Int64(0)..<24 {
            pages.append(.full(index * 10, index * 10 + 25, price: 100 + Double(index % 3)))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, store) in stores.enumerated() {
                // The same stretches from both ends, so that the pages meet.
                for page in index == 0 ? pages : pages.reversed() {
                    group.addTask { _ = try await store.store(page, of: series) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await stores[0].coverage(of: series).ranges == [minutes(0, 255)])
        let rows = try await stores[1].everything(of: series)
        #expect(rows.map(\.candle.openTime) == (0..<255).map { minute($0) })
        #expect(rows.allSatisfy { $0.final })
        #expect(try await stores[0].overview(now: minute(300)) == [scan(database, series, at: minute(300))])
        for store in stores { await store.close() }
    }

    @Test(arguments: StoreKind.allCases, 1...3)
    func `forgetting while another store writes ends consistent`(kind: StoreKind, round: Int) async throws {
        let database = try await kind.database()
        let (writer, remover) = (try await database.store(), try await database.store())
        let series = try await writer.track(.sample(), from: minute(0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for index in Int64(0)..<40 {
                    _ = try await writer.store(.full(index * 10, index * 10 + 30), of: series)
                }
            }
            group.addTask {
                for index in Int64(0)..<40 {
                    _ = try await remover.forget(series, in: minutes(index * 10, index * 10 + 15))
                }
            }
            try await group.waitForAll()
        }
        #expect(try await writer.overview(now: minute(500)) == [scan(database, series, at: minute(500))])
        let covered = try await writer.coverage(of: series)
        // Every candle is proven, and what was proven had a candle in each minute.
        #expect(try await writer.everything(of: series).count == Int(covered.milliseconds / 60_000))
        await writer.close()
        await remover.close()
    }

    @Test(arguments: StoreKind.allCases, 1...5)
    func `of two exchanges that claim a database at the same time one is refused`(
        kind: StoreKind, round: Int
    ) async throws {
        let database = try await kind.database()
        let stores = [try await database.store(), try await database.store()]
        let claimed = try await withThrowingTaskGroup(of: Bool.self) { group in
            for (index, store) in stores.enumerated() {
                group.addTask {
                    do {
                        try await store.bind(to: "https://exchange-\(index).example")
                        return true
                    } catch StorageFault.otherExchange {
                        return false
                    }
                }
            }
            var claimed = 0
            for try await success in group where success { claimed += 1 }
            return claimed
        }
        #expect(claimed == 1)
        for store in stores { await store.close() }
    }
}
