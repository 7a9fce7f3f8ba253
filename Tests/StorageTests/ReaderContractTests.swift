import Candles
import Resilience
import Storage
import TestSupport
import Testing

/// What a reader gives of what a store keeps, on every kind of database.
@Suite("CandleReader", .timeLimit(.minutes(2))) struct ReaderContractTests {
    private struct Kept {
        let database: ScratchDatabase
        let store: any CandleStore
        let series: StoredSeries
        let reader: any CandleReader
    }

    /// Minutes 0 to 9 proven without 3 and 4, 20 to 29 proven, 30 and 31 forming; wanted from 0.
    private func kept(_ kind: StoreKind) async throws -> Kept {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let present = [0, 1, 2, 5, 6, 7, 8, 9].map { Candle.at($0, price: 100 + Double($0)) }
        _ = try await store.store(.final(present, proving: minutes(0, 10)), of: series)
        _ = try await store.store(.full(20, 30, price: 200), of: series)
        _ = try await store.store(forming: [.at(30, price: 300), .at(31, price: 310)], of: series)
        return Kept(database: database, store: store, series: series, reader: try await database.reader())
    }

    private func end(_ kept: Kept) async {
        await kept.reader.close()
        await kept.store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a glance has each series with its newest candles`(kind: StoreKind) async throws {
        let kept = try await kept(kind)
        let other = try await kept.store.track(.sample("ETHUSD-1h"), from: minute(0))
        let glances = try await kept.reader.glances(now: minute(40))
        #expect(glances.map(\.stored) == [kept.series, other])
        #expect(try await glances.map(\.overview) == kept.store.overview(now: minute(40)))
        #expect(glances.map(\.provenTo) == [minute(30), nil])
        #expect(
            glances.map { $0.newest.map(\.candle) } == [[.at(30, price: 300), .at(31, price: 310)], []])
        await end(kept)
    }

    @Test(arguments: StoreKind.allCases)
    func `a glance counts what was corrected`(kind: StoreKind) async throws {
        let kept = try await kept(kind)
        #expect(try await kept.reader.glances(now: minute(40)).map(\.revisions) == [0])
        _ = try await kept.store.store(.full(20, 22, price: 201), of: kept.series)
        #expect(try await kept.reader.glances(now: minute(40)).map(\.revisions) == [2])
        await end(kept)
    }

    @Test(arguments: StoreKind.allCases)
    func `pages of candles are the newest before a time, oldest first`(kind: StoreKind) async throws {
        let kept = try await kept(kind)
        func page(_ time: UnixMilliseconds, _ limit: Int) async throws -> [Int64] {
            try await kept.reader.candles(of: kept.series, before: time, limit: limit).map {
                ($0.candle.openTime - newYear) / 60_000
            }
        }
        #expect(try await page(.max, 3) == [29, 30, 31])
        #expect(try await page(minute(29), 2) == [27, 28])
        #expect(try await page(minute(6) + 1, 3) == [2, 5, 6])
        #expect(try await page(minute(1), 100) == [0])
        #expect(try await page(minute(0), 100) == [])
        #expect(try await page(.min, 100) == [])
        #expect(try await page(minute(9), 0) == [])
        let newest = try await kept.reader.candles(of: kept.series, before: minute(31), limit: 2)
        #expect(
            newest == [
                StoredCandle(candle: .at(29, price: 200), final: true),
                StoredCandle(candle: .at(30, price: 300), final: false),
            ])
        #expect(
            try await kept.reader.candles(of: kept.series, in: minutes(2, 21), limit: 3).map(\.candle.openTime)
                == [minute(2), minute(5), minute(6)])
        await end(kept)
    }

    @Test(arguments: StoreKind.allCases)
    func `a close is the newest before its time, where it is not too old`(kind: StoreKind) async throws {
        let kept = try await kept(kind)
        let times = [minute(0), minute(1), minute(5), minute(14), minute(15), minute(32)]
        #expect(
            try await kept.reader.closes(of: kept.series, before: times, age: .seconds(300))
                == [nil, 101, 103, 110, nil, 311])
        #expect(try await kept.reader.closes(of: kept.series, before: [], age: .seconds(1)) == [])
        #expect(
            try await kept.reader.closes(of: kept.series, before: [.min, .max], age: .seconds(Int64.max)) == [nil, 311])
        await end(kept)
    }

    @Test(arguments: StoreKind.allCases)
    func `candles of a stretch are taken together`(kind: StoreKind) async throws {
        let kept = try await kept(kind)
        func total(_ range: TimeRange) async throws -> CandleTotal? {
            let candles = try await kept.reader.candles(of: kept.series, in: range, limit: 1000).map(\.candle)
            let total = try await kept.reader.total(of: kept.series, in: range)
            #expect(total?.high == candles.map(\.high).max() && total?.low == candles.map(\.low).min())
            return total
        }
        #expect(try await total(minutes(2, 6))?.volume == Candle.at(2).volume + Candle.at(5).volume)
        #expect(try await total(minutes(9, 31))?.high == Candle.at(30, price: 300).high)
        #expect(try await total(minutes(3, 5)) == nil)
        #expect(try await total(minutes(5, 5)) == nil)
        #expect(try await total(TimeRange(.min, .max)) != nil)
        await end(kept)
    }

    @Test(arguments: StoreKind.allCases)
    func `what is proven, present and counted is told by the stretch`(kind: StoreKind) async throws {
        let kept = try await kept(kind)
        let everything = TimeRange(.min, .max)
        let stretches = [minutes(0, 3), minutes(3, 5), minutes(9, 21), minutes(5, 5), everything]
        #expect(try await kept.reader.counts(of: kept.series, in: stretches) == [3, 0, 2, 0, 20])
        #expect(try await kept.reader.presence(of: kept.series, in: stretches) == [true, false, true, false, true])
        #expect(try await kept.reader.presence(of: kept.series, in: []) == [])
        #expect(
            try await kept.reader.coverage(of: kept.series, in: minutes(5, 25)).ranges == [
                minutes(5, 10), minutes(20, 25),
            ])
        #expect(try await kept.reader.coverage(of: kept.series, in: minutes(10, 20)).isEmpty)
        #expect(
            try await kept.reader.coverage(of: kept.series, in: everything) == kept.store.coverage(of: kept.series))
        #expect(try await kept.reader.gaps(now: minute(41)).map(\.range) == [minutes(10, 20), minutes(30, 40)])
        await end(kept)
    }

    @Test(arguments: StoreKind.allCases)
    func `tickers and hosts are told with their times`(kind: StoreKind) async throws {
        let kept = try await kept(kind)
        let tickers = [try Ticker.sample("ETHUSD", price: 2), try Ticker.sample("BTCUSD", price: 1)]
        try await kept.store.store(tickers: tickers, at: minute(7))
        try await kept.store.publish(status: #"{"a":1}"#, of: "nas1", at: minute(8))
        #expect(
            try await kept.reader.tickers() == [
                TickerReading(ticker: tickers[1], at: minute(7)), TickerReading(ticker: tickers[0], at: minute(7)),
            ])
        #expect(try await kept.reader.hostStatuses() == kept.store.hostStatuses())
        #expect(try await kept.reader.hostStatuses().map(\.at) == [minute(8)])
        await end(kept)
    }

    @Test(arguments: StoreKind.allCases)
    func `many reads at once all get their answers`(kind: StoreKind) async throws {
        let kept = try await kept(kind)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<60 {
                group.addTask { try await kept.reader.counts(of: kept.series, in: [minutes(0, 100)])[0] }
            }
            for try await count in group { #expect(count == 20) }
        }
        await end(kept)
    }

    @Test(arguments: StoreKind.allCases)
    func `a database without our tables is told, and read once they are there`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let fault = await #expect(throws: StorageFault.self) { _ = try await database.reader() }
        #expect(fault?.code == "database-not-there")
        #expect(fault?.summary.hasPrefix("there is no database yet") == true)
        #expect(fault?.disposition == .retryable(after: nil))
        if case .postgres = database.location { try await database.execute("CREATE TABLE other (id int)") }
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let reader = try await database.reader()
        #expect(try await reader.readEverything(of: series) == 0)
        await reader.close()
        await store.close()
    }

    @Test(arguments: StoreKind.allCases, [("1", "schema-older"), ("77", "schema-newer"), ("0", "database-not-there")])
    func `a schema that is not this program's is refused by every call`(
        kind: StoreKind, found: (version: String, code: String)
    ) async throws {
        let kept = try await kept(kind)
        try await kept.database.execute("UPDATE meta SET value = '\(found.version)' WHERE key = 'schema_version'")
        let fault = await #expect(throws: StorageFault.self) { try await kept.reader.glances(now: minute(40)) }
        #expect(fault?.code == found.code)
        #expect(fault?.hint != nil)
        if found.code != "database-not-there" {
            #expect(fault?.summary.contains("schema version \(found.version)") == true)
        }
        await #expect(throws: StorageFault.self) { _ = try await kept.database.reader() }
        try await kept.database.execute(
            "UPDATE meta SET value = '\(Migration.sqlite.count)' WHERE key = 'schema_version'")
        #expect(try await kept.reader.readEverything(of: kept.series) == 20)
        await end(kept)
    }
}
