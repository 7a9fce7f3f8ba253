import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(2)))
struct PostgresTransactionTests {
    private struct Stop: Error {}

    private func table() async throws -> PostgresConnection {
        let connection = try await PostgresConnection.toScratch()
        try await connection.execute(script: "CREATE TABLE t (a int PRIMARY KEY)")
        return connection
    }

    @Test func `what the body returns is stored`() async throws {
        let connection = try await table()
        let count = try await connection.transaction { try $0.runQuery("INSERT INTO t VALUES (1), (2)").affected }
        #expect(count == 2)
        #expect(try await connection.rowCount() == 2)
    }

    @Test func `an error of the body rolls everything back and comes out`() async throws {
        let connection = try await table()
        await #expect(throws: Stop.self) {
            try await connection.transaction { connection in
                try connection.runQuery("INSERT INTO t VALUES (1)")
                throw Stop()
            }
        }
        #expect(try await connection.rowCount() == 0)
    }

    @Test func `an error that the body hides still fails the transaction`() async throws {
        let connection = try await table()
        let fault = await #expect(throws: PostgresFault.self) {
            try await connection.transaction { connection in
                try connection.runQuery("INSERT INTO t VALUES (1)")
                _ = try? connection.runQuery("SELECT nonsense")
            }
        }
        #expect(fault?.sqlstate == "25P02")
        #expect(try await connection.rowCount() == 0)
    }

    @Test func `a cancelled body is rolled back and the connection stays usable`() async throws {
        let (connection, watcher) = try await (table(), PostgresConnection.toScratch())
        let backend = try await connection.query("SELECT pg_backend_pid()").rows[0][0]
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await connection.transaction { connection in
                    try connection.runQuery("INSERT INTO t VALUES (1)")
                    _ = try connection.runQuery("SELECT pg_sleep(60)")
                }
            }
            try await watcher.waitUntilBackend(backend, is: "active")
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(try await connection.rowCount() == 0)
    }

    @Test func `a cancelled task begins no transaction`() async throws {
        let connection = try await table()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { try await connection.transaction { _ in _ = Issue.record("the body ran") } }
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
    }

    @Test func `a deferred constraint fails COMMIT and nothing is stored`() async throws {
        let connection = try await table()
        try await connection.execute(script: "CREATE TABLE u (a int REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
        let fault = await #expect(throws: PostgresFault.self) {
            try await connection.transaction { _ = try $0.runQuery("INSERT INTO u VALUES (7)") }
        }
        #expect(fault?.sqlstate == "23503")
        #expect(try await connection.query("SELECT FROM u").affected == 0)
    }
}
