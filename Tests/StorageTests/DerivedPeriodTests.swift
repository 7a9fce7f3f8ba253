import Candles
import Storage
import TestSupport
import Testing

/// Weeks, 14 days and months as a reader folds them.
@Suite("DerivedPeriod", .timeLimit(.minutes(2))) struct DerivedPeriodTests {
    private static let day: Int64 = 86_400_000

    @Test(arguments: [
        (DerivedPeriod.week, "2024-01-01", "2024-01-01", "2024-01-08"),
        (.week, "2024-01-07", "2024-01-01", "2024-01-08"),
        (.week, "1970-01-01", "1969-12-29", "1970-01-05"),
        (.week, "1969-12-28", "1969-12-22", "1969-12-29"),
        (.fortnight, "2024-01-03", "2023-12-21", "2024-01-04"),
        (.fortnight, "1969-12-31", "1969-12-18", "1970-01-01"),
        (.month, "2024-02-29", "2024-02-01", "2024-03-01"),
        (.month, "2023-12-31", "2023-12-01", "2024-01-01"),
        (.month, "1969-12-31", "1969-12-01", "1970-01-01"),
    ])
    func `a period holds the days of its stretch`(period: DerivedPeriod, day: String, start: String, end: String) throws
    {
        let (start, end) = (try UnixMilliseconds(iso8601: start), try UnixMilliseconds(iso8601: end))
        let time = try UnixMilliseconds(iso8601: day)
        for moment in [time, time + Self.day - 1] {
            #expect(period.stretch(containing: moment) == TimeRange(start, end))
        }
    }

    @Test(arguments: StoreKind.allCases, UInt64(1)...6)
    func `random days are folded as the view folds them`(kind: StoreKind, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample("BTCUSD-1D"), from: newYear)
        let first = newYear + Int64.random(in: -40..<40, using: &random) * Self.day
        let days = (0..<Int64(120)).filter { _ in Int.random(in: 0..<5, using: &random) > 0 }
        let candles = days.map { index in
            let price = Double(Int.random(in: 1...99, using: &random))
            return Candle(
                openTime: first + index * Self.day, open: price, high: price + 2, low: price - 1, close: price + 1,
                volume: 1)
        }
        try await store.setFirstOpen(candles[0].openTime, of: series)
        let cut = first + Int64.random(in: 20..<110, using: &random) * Self.day
        let proven = [TimeRange(candles[0].openTime, first + 15 * Self.day), TimeRange(first + 16 * Self.day, cut)]
        let final = candles.filter { candle in proven.contains { $0.contains(candle.openTime) } }
        _ = try await store.store(
            ProvenPage(candles: final, proven: proven, checkedAt: newYear), of: series)
        _ = try await store.store(forming: candles.filter { !final.contains($0) }, of: series)

        let reader = try await database.reader()
        for period in DerivedPeriod.allCases {
            let time = first + Int64.random(in: 0..<130, using: &random) * Self.day
            for (time, limit) in [(UnixMilliseconds.max, 1000), (time, 2), (time + 1, 3)] {
                let viewed = try await database.rows(
                    """
                    SELECT \(database.milliseconds("open_time")), CAST(open AS int), CAST(high AS int), CAST(low AS int),
                        CAST(close AS int), CAST(volume AS int), CASE WHEN final THEN 1 ELSE 0 END
                    FROM derived_candles WHERE symbol = 'BTCUSD' AND timeframe = '\(period.rawValue)' ORDER BY 1
                    """
                ).filter { (Int64($0[0]) ?? 0) < time }.suffix(limit)
                let read = try await reader.candles(
                    of: series.series.symbol, period: period, before: time, limit: limit)
                #expect(read.map(\.printed) == Array(viewed), "seed \(seed)")
            }
        }
        #expect(try await reader.candles(of: Symbol("ETHUSD"), period: .week, before: .max, limit: 10).isEmpty)
        #expect(try await reader.candles(of: series.series.symbol, period: .week, before: .max, limit: 0).isEmpty)
        await reader.close()
        await store.close()
    }
}

extension StoredCandle {
    fileprivate var printed: [String] {
        ["\(candle.openTime)"]
            + [candle.open, candle.high, candle.low, candle.close, candle.volume].map { "\(Int($0))" }
            + [final ? "1" : "0"]
    }
}
