import Candles
import Storage
import TestSupport
import Testing

/// What a reader does with rows of `series` that name none.
@Suite("CandleReader: unreadable series", .timeLimit(.minutes(2))) struct UnreadableSeriesTests {
    /// Rows that name no series, and one that names in another way what is there already.
    private static let rows = [("BTC/USD", "1m"), ("ETHUSD", "2m"), ("", ""), ("tBTCUSD", "1m"), ("fUSD", "1m")]

    private func add(_ symbol: String, _ timeframe: String, to database: ScratchDatabase) async throws {
        let time = if case .postgres = database.location { "from_unix_ms(0)" } else { "0" }
        try await database.execute(
            """
            INSERT INTO series (symbol, timeframe, step_ms, wanted_from) VALUES ('\(symbol)', '\(timeframe)', 60000, \(time));
            INSERT INTO series_stats (series_id) SELECT max(id) FROM series
            """)
    }

    @Test(arguments: StoreKind.allCases)
    func `all others are read, and what is left out is told`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 3), of: series)
        let (told, hear) = AsyncStream.makeStream(of: UnreadableSeries.self)
        let reader = try await database.reader(report: { hear.yield($0) })
        let glances = try await reader.glances(now: minute(9))
        let gaps = try await reader.gaps(now: minute(9))
        #expect(glances.count == 1 && !gaps.isEmpty)
        for (symbol, timeframe) in Self.rows { try await add(symbol, timeframe, to: database) }
        #expect(try await reader.glances(now: minute(9)) == glances)
        #expect(try await reader.gaps(now: minute(9)) == gaps)
        hear.finish()
        let rows = await told.reduce(into: []) { $0.append($1) }
        for told in [rows.prefix(Self.rows.count), rows.dropFirst(Self.rows.count)] {
            #expect(told.map(\.symbol).sorted() == Self.rows.map(\.0).sorted())
            #expect(told.map(\.timeframe).sorted() == Self.rows.map(\.1).sorted())
            #expect(Set(told.map(\.id)).count == Self.rows.count && told.allSatisfy { !$0.reason.isEmpty })
        }
        #expect(try await reader.readEverything(of: series) == 3)
        await reader.close()
        await store.close()
    }
}
