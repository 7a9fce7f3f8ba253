import Candles
import Storage
import TestSupport
import Testing

/// What a page that corrects the past means, and what else jobs keep beside candles, on every kind of store.
@Suite("CandleStore: corrections", .timeLimit(.minutes(2))) struct CorrectionContractTests {
    @Test(arguments: StoreKind.allCases)
    func `a page that corrects changes, adds and removes final rows, each with a revision`(
        kind: StoreKind
    ) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.final([.at(0), .at(1), .at(2)], proving: minutes(0, 6)), of: series)
        let page = ProvenPage(
            candles: [.at(0), .at(1, price: 7), .at(4)], proven: [minutes(0, 6)], checkedAt: minute(9_000),
            isCorrection: true)
        #expect(try await store.store(page, of: series) == StoredPage(written: 3, revised: 3, suspect: 0))
        #expect(try await store.everything(of: series).map(\.candle) == page.candles)
        #expect(try await store.overview(now: minute(10)) == [scan(database, series, at: minute(10))])
        let time = database.milliseconds("open_time")
        #expect(
            try await database.rows("SELECT \(time), old_open, new_open FROM revisions ORDER BY 1").map { row in
                [(Int64(row[0]) ?? 0) - minute(0), row[1].isEmpty ? -1 : 1, row[2].isEmpty ? -1 : 1]
            } == [[60_000, 1, 1], [120_000, 1, -1], [240_000, -1, 1]])
        #expect(try await store.store(page, of: series) == StoredPage(written: 0, revised: 0, suspect: 0))
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a page that does not correct leaves final rows alone that it lacks`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 4), of: series)
        #expect(
            try await store.store(.final([.at(0), .at(3)], proving: minutes(0, 4)), of: series)
                == StoredPage(written: 0, revised: 0, suspect: 0))
        #expect(try await store.everything(of: series).count == 4)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `counts are per stretch, in order`(kind: StoreKind) async throws {
        let database = try await kind.database()
        defer { withExtendedLifetime(database) {} }
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 10), of: series)
        #expect(try await store.counts(of: series, in: [minutes(5, 20), minutes(0, 1), minutes(20, 30)]) == [5, 1, 0])
        #expect(try await store.counts(of: series, in: []) == [])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `what was asked again and what the exchange contradicts come back`(kind: StoreKind) async throws {
        let database = try await kind.database()
        defer { withExtendedLifetime(database) {} }
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        #expect(series.recheckedTo == nil)
        try await store.setRecheckedTo(minute(77), of: series)
        #expect(try await store.find(.sample())?.recheckedTo == minute(77))
        let bars: Set = [
            Disagreement(timeframe: .hour1, openTime: minute(0), coarse: .at(0), folded: nil),
            Disagreement(timeframe: .day1, openTime: minute(0), coarse: nil, folded: .at(0, price: 0.1 + 0.2)),
        ]
        try await store.note(bars, of: series)
        try await store.note(bars, of: series)
        #expect(try await store.disagreements(of: series) == bars)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `of a series that is gone nothing is unknown behind its proof, and what is before stays so`(kind: StoreKind)
        async throws
    {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        func unknown() async throws -> [TimeRange] {
            let gaps = try await store.gaps(now: minute(100) + 90_000).map(\.range)
            let overview = try await store.overview(now: minute(100) + 90_000).first
            #expect(overview?.unknown == gaps.reduce(0) { $0 + $1.intervals(of: .minute1) })
            return gaps
        }
        try await store.setGone(since: minute(80), listReadAt: minute(80), of: series)
        #expect(try await unknown() == [])
        try await store.setGone(since: nil, listReadAt: nil, of: series)
        _ = try await store.store(
            ProvenPage(candles: [.at(12)], proven: [minutes(10, 20), minutes(30, 40)], checkedAt: minute(50)),
            of: series)
        #expect(try await unknown() == [minutes(0, 10), minutes(20, 30), minutes(40, 100)])
        try await store.setGone(since: minute(80), listReadAt: minute(80), of: series)
        #expect(try await unknown() == [minutes(0, 10), minutes(20, 30)])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `what proves the beginning, and since when a series is gone, come back`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        var series = try await store.track(.sample(), from: minute(0))
        #expect(series.firstProvenAt == nil && series.goneSince == nil && series.listReadAt == nil)
        try await store.setFirstOpen(minute(3), of: series)
        #expect(try await store.find(.sample())?.firstProvenAt == nil)
        try await store.setFirstOpen(minute(3), provenAt: minute(70), of: series)
        try await store.setGone(since: minute(80), listReadAt: minute(90), of: series)
        series = try #require(try await store.find(.sample()))
        #expect(series.firstOpen == minute(3) && series.firstProvenAt == minute(70))
        #expect(series.goneSince == minute(80) && series.listReadAt == minute(90))
        #expect(try await store.overview(now: minute(100)).first?.goneSince == minute(80))
        try await store.setGone(since: nil, listReadAt: nil, of: series)
        #expect(try await store.find(.sample())?.goneSince == nil)
        #expect(try await database.number("SELECT count(*) FROM series WHERE gone_since IS NULL") == 1)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `tickers replace those of before`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        func ticker(_ name: String, _ price: Double) throws -> Ticker {
            Ticker(
                symbol: try Symbol(name), lastPrice: price, dailyChange: 1, dailyChangeRelative: 0.01, dailyVolume: 5,
                dailyHigh: price, dailyLow: price)
        }
        try await store.store(tickers: [try ticker("BTCUSD", 1), try ticker("DUSK:USD", 2)], at: minute(0))
        try await store.store(tickers: [try ticker("BTCUSD", 3)], at: minute(1))
        let time = database.milliseconds("at")
        #expect(
            try await database.rows("SELECT symbol, \(time), CAST(last_price AS int) FROM tickers")
                == [["BTCUSD", "\(minute(1))", "3"]])
        try await store.store(tickers: [], at: minute(2))
        #expect(try await database.rows("SELECT * FROM tickers").isEmpty)
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `what a host says of itself replaces what it said before`(kind: StoreKind) async throws {
        let database = try await kind.database()
        defer { withExtendedLifetime(database) {} }
        let store = try await database.store()
        try await store.publish(status: #"{"a": 1}"#, of: "pi", at: minute(0))
        try await store.publish(status: #"{"a": "it's"}"#, of: "pc", at: minute(1))
        try await store.publish(status: #"{"a": 2}"#, of: "pi", at: minute(2))
        let statuses = try await store.hostStatuses()
        #expect(statuses.map(\.host) == ["pc", "pi"])
        #expect(statuses.map(\.at) == [minute(1), minute(2)])
        #expect(statuses.map(\.document) == [#"{"a": "it's"}"#, #"{"a": 2}"#])
        await store.close()
    }
}
