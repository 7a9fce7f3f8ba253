import Candles
import Postgres
import Storage
import TestSupport
import Testing

/// What only a server can do: go away, and end connections.
@Suite(
    "PostgresCandleReader", .enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"),
    .timeLimit(.minutes(2)))
struct PostgresCandleReaderTests {
    @Test(arguments: [false, true])
    func `the next call goes through after the server was restarted`(crashed: Bool) async throws {
        let server = try await ScratchPostgres.own()
        let database = ScratchDatabase(location: try DatabaseLocation(await server.database()), folder: nil)
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 10), of: series)
        let reader = try await database.reader()
        #expect(try await reader.change(within: .zero))
        #expect(try await !reader.change(within: .zero))
        if crashed {
            try await database.execute("CHECKPOINT")
            try await server.crash()
            try await server.start()
        } else {
            try await server.restart()
        }
        #expect(try await reader.counts(of: series, in: [minutes(0, 20)]) == [10])
        #expect(try await reader.change(within: .seconds(60)))
        #expect(try await !reader.change(within: .zero))
        await reader.close()
        await store.close()
    }

    @Test func `a server that stays away is told, and the wait for a change says yes when it is back`() async throws {
        let server = try await ScratchPostgres.own()
        let database = ScratchDatabase(location: try DatabaseLocation(await server.database()), folder: nil)
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let reader = try await database.reader()
        _ = try await reader.change(within: .zero)
        try await server.stop()
        for _ in 0..<2 {
            let fault = await #expect(throws: PostgresFault.self) { try await reader.tickers() }
            #expect(fault?.code == "database-unreachable")
            await #expect(throws: PostgresFault.self) { try await reader.change(within: .seconds(60)) }
        }
        try await server.start()
        #expect(try await reader.change(within: .zero))
        #expect(try await !reader.change(within: .zero))
        #expect(try await reader.readEverything(of: series) == 0)
        await reader.close()
        await store.close()
    }

    @Test func `connections that an administrator ends come back`() async throws {
        let database = try await StoreKind.postgres.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let reader = try await database.reader()
        _ = try await reader.change(within: .zero)
        async let change = reader.change(within: .seconds(110))
        _ = try await database.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        #expect(try await change)
        #expect(try await reader.readEverything(of: series) == 0)
        await reader.close()
        await store.close()
    }

    @Test func `its transactions can only read, and no lock outlives them`() async throws {
        let database = try await StoreKind.postgres.database()
        let store = try await database.store()
        let series = try await store.track(.sample(), from: minute(0))
        let reader = try await database.reader()
        try await reader.readEverything(of: series)
        guard case .postgres(let settings) = database.location else { return }
        let connection = PostgresConnection(settings.readingOnly)
        try await connection.connect()
        let fault = await #expect(throws: PostgresFault.self) { try await connection.query("DELETE FROM candle") }
        #expect(fault?.code == "database-read-only")
        #expect(try await connection.query("SHOW transaction_isolation").rows == [["repeatable read"]])
        #expect(
            try await database.number("SELECT count(*) FROM pg_locks WHERE relation = 'candle'::regclass") == 0)
        await connection.close()
        await reader.close()
        await store.close()
    }
}
