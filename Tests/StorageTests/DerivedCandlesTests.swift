import Candles
import Storage
import TestSupport
import Testing

/// Weeks, fortnights and months, which are views over days.
@Suite("Derived candles", .timeLimit(.minutes(2))) struct DerivedCandlesTests {
    private static let day: Int64 = 86_400_000

    private func days(_ range: Range<Int64>) -> [Candle] {
        range.map { index in
            let price = Double(index + 10)
            return Candle(
                openTime: newYear + index * Self.day, open: price, high: price + 2, low: price - 2, close: price + 1,
                volume: 1)
        }
    }

    private func view(_ database: ScratchDatabase, _ timeframe: String) async throws -> [[String]] {
        try await database.rows(
            """
            SELECT \(database.milliseconds("open_time")), CAST(open AS int), CAST(high AS int), CAST(low AS int),
                CAST(close AS int), CAST(volume AS int), CASE WHEN final THEN 1 ELSE 0 END
            FROM derived_candles WHERE symbol = 'BTCUSD' AND timeframe = '\(timeframe)' ORDER BY 1
            """)
    }

    private func row(_ start: String, _ values: Int...) throws -> [String] {
        ["\(try UnixMilliseconds(iso8601: start))"] + values.map { "\($0)" }
    }

    /// 2024-01-01 is a Monday; the 14 days from the epoch begin on 2023-12-21 and 2024-01-04.
    @Test(arguments: StoreKind.allCases)
    func `periods are folded from days, and final once all of their days are`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample("BTCUSD-1D"), from: newYear)
        try await store.setFirstOpen(newYear, of: series)
        var candles = days(0..<33)
        candles.remove(at: 8)
        let proven = TimeRange(newYear, newYear + 33 * Self.day)
        _ = try await store.store(.final(candles, proving: proven), of: series)
        _ = try await store.store(forming: days(33..<34), of: series)

        let weeks = try await view(database, "1W")
        #expect(weeks.count == 5)
        #expect(weeks.first == (try row("2024-01-01", 10, 18, 8, 17, 7, 1)))
        #expect(weeks[1] == (try row("2024-01-08", 17, 25, 15, 24, 6, 1)))
        #expect(weeks.last == (try row("2024-01-29", 38, 45, 36, 44, 6, 0)))
        let fortnights = try await view(database, "14D")
        #expect(fortnights.first == (try row("2023-12-21", 10, 14, 8, 13, 3, 1)))
        #expect(fortnights[1] == (try row("2024-01-04", 13, 28, 11, 27, 13, 1)))
        let months = try await view(database, "1M")
        #expect(months == [try row("2024-01-01", 10, 42, 8, 41, 30, 1), try row("2024-02-01", 41, 45, 39, 44, 3, 0)])
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `other timeframes make no periods`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample("BTCUSD-12h"), from: newYear)
        _ = try await store.store(.final(days(0..<3), proving: TimeRange(newYear, newYear + 3 * Self.day)), of: series)
        #expect(try await database.rows("SELECT * FROM derived_candles").isEmpty)
        await store.close()
    }
}
