import Candles
import Foundation
import Resilience
import Storage
import TestSupport
import Testing

/// Series, what is asked of them and what is read from them, on every kind of store.
@Suite("CandleStore: series", .timeLimit(.minutes(2))) struct SeriesContractTests {
    @Test(arguments: StoreKind.allCases)
    func `wanting a series lowers its start and never raises it`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try Series.sample("DUSK:USD-5m")
        #expect(try await store.find(series) == nil)
        let first = try await store.track(series, from: minute(100))
        #expect(first.series == series && first.wantedFrom == minute(100) && first.firstOpen == nil)
        #expect(try await store.track(series, from: minute(200)) == first)
        var lower = first
        lower.wantedFrom = minute(50)
        #expect(try await store.track(series, from: minute(50)) == lower)
        #expect(try await store.find(series) == lower)

        lower.firstOpen = minute(75)
        try await store.setFirstOpen(minute(75), of: first)
        #expect(try await store.track(series, from: minute(60)) == lower)
        #expect(try await store.find(.sample("DUSK:USD-1m")) == nil)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `candles of another exchange are refused`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        try await store.bind(to: "https://api.example")
        try await store.bind(to: "https://api.example")
        let other = try await database.store()
        let fault = await #expect(throws: StorageFault.self) { try await other.bind(to: "http://127.0.0.1:1") }
        #expect(fault?.code == "database-other-exchange")
        #expect(fault?.summary.contains("https://api.example, not of http://127.0.0.1:1") == true)
        try await other.bind(to: "https://api.example")
        await other.close()
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `edges are the oldest and the newest kept candle of a stretch`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.final([.at(10), .at(12), .at(17)], proving: minutes(0, 20)), of: series)
        _ = try await store.track(.sample("ETHUSD-1m"), from: minute(0))
        for (from, to, oldest, newest) in [(0, 20, 10, 17), (11, 17, 12, 12), (10, 11, 10, 10)]
            as [(Int64, Int64, Int64, Int64)]
        {
            let edges = try #require(try await store.edges(of: series, in: minutes(from, to)))
            #expect(edges == (minute(oldest), minute(newest)))
        }
        for (from, to) in [(0, 10), (13, 17), (18, 30), (12, 12)] as [(Int64, Int64)] {
            #expect(try await store.edges(of: series, in: minutes(from, to)) == nil)
        }
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `candles come oldest first, half-open and at most as many as asked for`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(5, 10), of: series)
        _ = try await store.store(.full(0, 5), of: series)
        func opens(_ from: Int64, _ to: Int64, limit: Int) async throws -> [UnixMilliseconds] {
            try await store.candles(of: series, in: minutes(from, to), limit: limit).map(\.candle.openTime)
        }
        #expect(try await opens(3, 7, limit: 100) == (3..<7).map { minute($0) })
        #expect(try await opens(3, 7, limit: 2) == [minute(3), minute(4)])
        #expect(try await opens(3, 7, limit: 0) == [])
        #expect(try await opens(20, 30, limit: 5) == [])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `the view of candles answers plain SQL`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let other = try await store.track(.sample("BTCUSD-5m"), from: minute(0))
        _ = try await store.store(.final([.at(0, price: 7), .at(1, price: 8)], proving: minutes(0, 2)), of: series)
        _ = try await store.store(forming: [.at(2, price: 9)], of: series)
        _ = try await store.store(.full(0, 1), of: other)
        let rows = try await database.rows(
            """
            SELECT \(database.milliseconds("open_time")), open, high, low, close, volume, CASE WHEN final THEN 1 ELSE 0 END
            FROM candles WHERE symbol = 'BTCUSD' AND timeframe = '1m' ORDER BY open_time
            """
        ).map { $0.map { Double($0) } }
        #expect(
            rows == [
                [Double(minute(0)), 7, 9, 5, 8, 1.5, 1], [Double(minute(1)), 8, 10, 6, 9, 1.5, 1],
                [Double(minute(2)), 9, 11, 7, 10, 1.5, 0],
            ])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `the view of gaps says what the program says`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let now = UnixMilliseconds(Date().timeIntervalSince1970 * 1000)
        let series = try await (0..<5).asyncMap { index in
            let text = ["BTCUSD-1m", "ETHUSD-5m", "LTCUSD-1D", "XRPUSD-1h", "DUSK:USD-1m"][index]
            let timeframe = try Series(text).timeframe
            let back: Int64 = [500, 100, 30, 0, -10][index]
            return try await store.track(.sample(text), from: timeframe.floor(now) - back * timeframe.milliseconds)
        }
        for stored in series.prefix(3) {
            let step = stored.series.timeframe.milliseconds
            let start = stored.wantedFrom
            let proven = [
                TimeRange(start - 5 * step, start + 3 * step), TimeRange(start + 7 * step, start + 8 * step),
                TimeRange(start + 20 * step, start + 24 * step),
            ]
            _ = try await store.store(ProvenPage(candles: [], proven: proven, checkedAt: now), of: stored)
        }
        try await store.setFirstOpen(series[1].wantedFrom + 22 * 300_000, of: series[1])
        // A proof that reaches beyond what is settled.
        let day = series[2].series.timeframe.floor(now) - 2 * 86_400_000
        let proven = [TimeRange(day, day + 5 * 86_400_000)]
        _ = try await store.store(ProvenPage(candles: [], proven: proven, checkedAt: now), of: series[2])
        for stored in [series[0], series[4]] {
            let ahead = [TimeRange(now / 60_000 * 60_000 + 20 * 60_000, now / 60_000 * 60_000 + 25 * 60_000)]
            _ = try await store.store(ProvenPage(candles: [], proven: ahead, checkedAt: now), of: stored)
        }

        func told() async throws -> [[String]] {
            try await store.gaps(now: UnixMilliseconds(Date().timeIntervalSince1970 * 1000)).map {
                [
                    $0.series.symbol.name, $0.series.timeframe.rawValue, "\($0.range.start)", "\($0.range.end)",
                    "\($0.intervals)",
                ]
            }.sorted { $0.lexicographicallyPrecedes($1) }
        }
        let before = try await told()
        let view = try await database.rows(
            """
            SELECT symbol, timeframe, \(database.milliseconds("from_time")), \(database.milliseconds("to_time")), intervals
            FROM gaps
            """
        ).sorted { $0.lexicographicallyPrecedes($1) }
        // A minute may end between the two looks.
        let after = try await told()
        #expect(view == before || view == after)
        #expect(before.count == 3 + 1 + 3, "\(before)")
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `forgetting a stretch makes it unknown and leaves the rest`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let broken = Candle(openTime: minute(4), open: 10, high: 9, low: 8, close: 9, volume: 1)
        _ = try await store.store(.full(0, 10), of: series)
        _ = try await store.store(.final([broken], proving: minutes(4, 5)), of: series)
        #expect(try await store.forget(series, in: minutes(3, 7)) == 4)
        #expect(try await store.coverage(of: series).ranges == [minutes(0, 3), minutes(7, 10)])
        #expect(try await store.everything(of: series).map(\.candle) == [0, 1, 2, 7, 8, 9].map { .at($0) })
        #expect(try await store.gaps(now: minute(11)).map(\.range) == [minutes(3, 7)])
        #expect(try await store.overview(now: minute(11)) == [scan(database, series, at: minute(11))])
        for table in ["revisions", "suspects"] {
            #expect(try await database.number("SELECT count(*) FROM \(table)") == 0)
        }
        #expect(try await store.forget(series, in: minutes(3, 7)) == 0)
        #expect(try await store.store(.full(2, 8), of: series).written == 4)
        #expect(try await store.coverage(of: series).ranges == [minutes(0, 10)])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `forgetting a series removes all of it and nothing else`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let other = try await store.track(.sample("ETHUSD-1m"), from: minute(0))
        for stored in [series, other] {
            _ = try await store.store(.full(0, 10), of: stored)
            _ = try await store.store(.full(0, 10, price: 3), of: stored)
        }
        let kept = try await store.everything(of: other)
        #expect(try await store.forget(series, in: nil) == 10)
        #expect(try await store.find(series.series) == nil)
        for table in ["candle", "coverage", "series_stats", "revisions"] {
            #expect(try await database.number("SELECT count(*) FROM \(table) WHERE series_id = \(series.id)") == 0)
        }
        #expect(try await store.everything(of: other) == kept)
        #expect(try await store.overview(now: minute(20)).map(\.series) == [other.series])

        let again = try await store.track(series.series, from: minute(5))
        #expect(again.wantedFrom == minute(5))
        #expect(try await store.everything(of: again).isEmpty)
        #expect(try await store.coverage(of: again).isEmpty)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `an overview lists every series in order, also one that has no candle`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        #expect(try await store.overview(now: minute(10)).isEmpty)
        for text in ["XRPUSD-1m", "BTCUSD-5m", "BTCUSD-1m"] {
            _ = try await store.track(.sample(text), from: minute(0))
        }
        let overview = try await store.overview(now: minute(11))
        #expect(overview.map { "\($0.series)" } == ["BTCUSD-1m", "BTCUSD-5m", "XRPUSD-1m"])
        #expect(overview.map(\.unknown) == [10, 2, 10])
        #expect(overview.allSatisfy { $0.count == 0 && $0.empty == 0 && $0.first == nil && $0.lastFinal == nil })
        await store.close()
    }
}

extension Sequence {
    /// Waits for one after the other.
    fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var results: [T] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
