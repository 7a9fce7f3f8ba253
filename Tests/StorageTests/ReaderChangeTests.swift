import Candles
import Resilience
import Storage
import TestSupport
import Testing

/// How a reader hears of what others commit.
@Suite("CandleReader: change", .timeLimit(.minutes(2))) struct ReaderChangeTests {
    @Test(arguments: StoreKind.allCases)
    func `the first call says yes, and then each commit is told once`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let reader = try await database.reader()
        #expect(try await reader.change(within: .zero))
        #expect(try await !reader.change(within: .zero))
        #expect(try await !reader.change(within: .milliseconds(30)))
        _ = try await store.store(.full(0, 3), of: series)
        #expect(try await reader.change(within: .seconds(60)))
        _ = try await store.store(forming: [.at(3)], of: series)
        #expect(try await reader.change(within: .seconds(60)))
        try await store.publish(status: "{}", of: "nas1", at: minute(1))
        #expect(try await reader.change(within: .seconds(60)))
        #expect(try await !reader.change(within: .zero))
        #expect(try await reader.counts(of: series, in: [minutes(0, 10)]) == [4])
        #expect(try await !reader.change(within: .zero))
        await reader.close()
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a commit ends the wait for it`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let reader = try await database.reader()
        _ = try await reader.change(within: .zero)
        async let change = reader.change(within: .seconds(110))
        _ = try await store.store(.full(0, 3), of: series)
        #expect(try await change)
        await reader.close()
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `series, their first candle, tickers and what is forgotten are told, too`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let reader = try await database.reader()
        _ = try await reader.change(within: .zero)
        let series = try await store.track(.sample(), from: minute(0))
        #expect(try await reader.change(within: .seconds(60)))
        _ = try await store.track(.sample(), from: minute(-5))
        #expect(try await reader.change(within: .seconds(60)))
        _ = try await store.track(.sample(), from: minute(0))
        #expect(try await !reader.change(within: .zero))
        try await store.setFirstOpen(minute(-5), of: series)
        #expect(try await reader.change(within: .seconds(60)))
        try await store.store(tickers: [.sample("BTCUSD", price: 1)], at: minute(1))
        #expect(try await reader.change(within: .seconds(60)))
        _ = try await store.store(.full(0, 3), of: series)
        #expect(try await reader.change(within: .seconds(60)))
        _ = try await store.forget(series, in: minutes(0, 2))
        #expect(try await reader.change(within: .seconds(60)))
        _ = try await store.forget(series, in: nil)
        #expect(try await reader.change(within: .seconds(60)))
        #expect(try await !reader.change(within: .zero))
        await reader.close()
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a cancelled wait ends, and the reader goes on`(kind: StoreKind) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let reader = try await database.reader()
        _ = try await reader.change(within: .zero)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) { try await reader.change(within: .seconds(110)) }
            }
            group.cancelAll()
            try await group.waitForAll()
        }
        _ = try await store.store(.full(0, 3), of: series)
        #expect(try await reader.change(within: .seconds(60)))
        #expect(try await reader.readEverything(of: series) == 3)
        await reader.close()
        await store.close()
    }

    @Test func `an SQLite file is looked at every 100 ms of the clock that was given`() async throws {
        let database = try await StoreKind.sqlite.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let clock = ManualClock()
        let reader = try await database.reader(clock)
        _ = try await reader.change(within: .zero)
        async let change = reader.change(within: .seconds(1))
        for _ in 0..<3 {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .milliseconds(100))
        }
        await clock.sleepers(atLeast: 1)
        _ = try await store.store(.full(0, 3), of: series)
        clock.advance(by: .milliseconds(100))
        #expect(try await change)
        async let silence = reader.change(within: .milliseconds(150))
        for step in [100, 50] {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .milliseconds(step))
        }
        #expect(try await !silence)
        await reader.close()
        await store.close()
    }
}
