import Candles
import NIOConcurrencyHelpers
import Postgres
import Resilience
import Storage
import TestSupport
import Testing

/// What only a server can do: go away, and keep jobs of several machines apart.
@Suite(
    "PostgresCandleStore", .enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"),
    .timeLimit(.minutes(2)))
struct PostgresCandleStoreTests {
    @Test(arguments: [false, true])
    func `a page goes through after the server was restarted`(crashed: Bool) async throws {
        let server = try await ScratchPostgres.own()
        let database = ScratchDatabase(location: try DatabaseLocation(await server.database()), folder: nil)
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 10), of: series)
        if crashed {
            // What a commit does not wait for on this server is written by a checkpoint.
            try await database.execute("CHECKPOINT")
            try await server.crash()
            try await server.start()
        } else {
            try await server.restart()
        }
        #expect(try await store.store(.full(5, 20), of: series).written == 10)
        #expect(try await store.coverage(of: series).ranges == [minutes(0, 20)])
        #expect(try await store.overview(now: minute(30)) == [scan(database, series, at: minute(30))])
        await store.close()
    }

    @Test func `a server that stays away is told as unreachable`() async throws {
        let server = try await ScratchPostgres.own()
        let settings = try PostgresSettings(conninfo: await server.database())
        let retry = RetryPolicy(attempts: 3, backoff: Backoff(base: .milliseconds(1), cap: .milliseconds(1)))
        let store = try await PostgresCandleStore(settings, clock: ContinuousClock(), retry: retry)
        let series = try await store.track(.sample(), from: minute(0))
        try await server.stop()
        let fault = await #expect(throws: PostgresFault.self) { try await store.store(.full(0, 5), of: series) }
        #expect(fault?.code == "database-unreachable")
        try await server.start()
        #expect(try await store.store(.full(0, 5), of: series).written == 5)
        await store.close()
    }

    @Test func `a server that is away for minutes is waited for, with its locks, and no longer than there is patience`()
        async throws
    {
        let server = try await ScratchPostgres.own()
        let settings = try PostgresSettings(conninfo: await server.database())
        let clock = LeapingClock { sleep in if sleep == 20 { try await server.start() } }
        let told = NIOLockedValueBox(0)
        let store = try await PostgresCandleStore(
            settings, clock: clock, retry: .quickTransaction(patience: Patience(limit: .seconds(1800))),
            onOutage: { _, _ in told.withLockedValue { $0 += 1 } })
        let series = try await store.track(.sample(), from: minute(0))
        #expect(try await store.lock("backfill BTCUSD-1m", shared: false))
        try await server.stop()
        #expect(try await store.store(.full(0, 5), of: series).written == 5)
        #expect(clock.slept.count == 20)
        #expect(clock.now.offset > .seconds(300))
        #expect(told.withLockedValue { $0 } == 16)
        let other = try await PostgresCandleStore(settings, clock: ContinuousClock())
        #expect(try await !other.lock("backfill BTCUSD-1m", shared: false))
        await other.close()
        try await server.stop()
        let before = clock.now.offset
        let fault = await #expect(throws: PostgresFault.self) { try await store.store(.full(5, 9), of: series) }
        #expect(fault?.code == "database-unreachable")
        #expect((Duration.seconds(1800)...Duration.seconds(1801)).contains(clock.now.offset - before))
        try await server.start()
        await store.close()
    }

    @Test func `an exclusive lock keeps all others out, shared ones only the exclusive`() async throws {
        let database = try await StoreKind.postgres.database()
        let (first, second) = (try await database.store(), try await database.store())
        #expect(try await first.lock("backfill BTCUSD-1m", shared: false))
        #expect(try await !second.lock("backfill BTCUSD-1m", shared: false))
        #expect(try await !second.lock("backfill BTCUSD-1m", shared: true))
        #expect(try await second.lock("backfill ETHUSD-1m", shared: false))

        #expect(try await first.lock("writers", shared: true))
        #expect(try await second.lock("writers", shared: true))
        let third = try await database.store()
        #expect(try await !third.lock("writers", shared: false))
        for store in [first, second, third] { await store.close() }
    }

    @Test func `closing a store gives its locks back`() async throws {
        let database = try await StoreKind.postgres.database()
        let store = try await database.store()
        #expect(try await store.lock("backfill BTCUSD-1m", shared: false))
        await store.close()
        // The server waits here until it has ended the other session.
        let other = try await database.connection()
        try await other.query("SELECT pg_advisory_lock(hashtextextended('backfill BTCUSD-1m', 0))")
        await other.close()
    }

    @Test func `a lock is held again after the server was restarted`() async throws {
        let server = try await ScratchPostgres.own()
        let database = ScratchDatabase(location: try DatabaseLocation(await server.database()), folder: nil)
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        #expect(try await store.lock("backfill BTCUSD-1m", shared: false))
        try await server.restart()
        _ = try await store.store(.full(0, 5), of: series)
        let other = try await database.store()
        #expect(try await !other.lock("backfill BTCUSD-1m", shared: false))
        await other.close()
        await store.close()
    }

    @Test func `a job whose lock another took meanwhile does not go on`() async throws {
        let server = try await ScratchPostgres.own()
        let settings = try PostgresSettings(conninfo: await server.database())
        let database = ScratchDatabase(location: .postgres(settings), folder: nil)
        let retry = RetryPolicy(attempts: 2, backoff: Backoff(base: .milliseconds(1), cap: .milliseconds(1)))
        let store = try await PostgresCandleStore(settings, clock: ContinuousClock(), retry: retry)
        let series = try await store.track(.sample(), from: minute(0))
        #expect(try await store.lock("restore", shared: true))
        try await server.restart()
        let other = try await database.store()
        #expect(try await other.lock("restore", shared: false))
        let fault = await #expect(throws: StorageFault.self) { try await store.store(.full(0, 5), of: series) }
        #expect(fault?.code == "database-busy")
        #expect(try await database.number("SELECT count(*) FROM candle") == 0)
        await other.close()
        await store.close()
    }
}
