import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(2)))
struct PostgresConnectionTests {
    @Test func `values come back as text and NULL as nil`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let result = try await connection.query("SELECT $1::int + 1 AS sum, $2::text AS nothing", ["41", nil])
        #expect(result.columns == ["sum", "nothing"])
        #expect(result.rows == [["42", nil]])
        #expect(result.affected == 1)
    }

    @Test func `times are in UTC and doubles keep every digit`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let result = try await connection.query("SELECT to_timestamp(0), 0.0072031000000000005::float8")
        #expect(result.rows == [["1970-01-01 00:00:00+00", "0.0072031000000000005"]])
    }

    @Test func `a statement and its parameters may be larger than the socket takes at once`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let text = String(repeating: "é", count: 8 << 20)
        let result = try await connection.query("SELECT $1 AS text", [text])
        #expect(result.rows.first?.first == text)
    }

    @Test func `a text with a NUL byte is refused, not cut`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let fault = await #expect(throws: PostgresFault.self) { try await connection.query("SELECT $1", ["a\0b"]) }
        #expect(fault?.sqlstate == "22021")
    }

    @Test func `a script runs all its statements and stops at the first error`() async throws {
        let connection = try await PostgresConnection.toScratch()
        try await connection.execute(script: "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)")
        #expect(try await connection.rowCount() == 2)
        await #expect(throws: PostgresFault.self) {
            try await connection.execute(script: "INSERT INTO t VALUES (3); SELECT nonsense; INSERT INTO t VALUES (4)")
        }
        #expect(try await connection.rowCount() == 2)
    }

    @Test func `a deadline stops the statement and the connection stays usable`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let fault = await #expect(throws: PostgresFault.self) {
            try await connection.query("SELECT pg_sleep(60)", deadline: .milliseconds(100))
        }
        #expect(fault?.code == "database-timeout")
        #expect(try await connection.query("SELECT 1").rows == [["1"]])
    }

    @Test func `cancelling the task stops the statement in the server`() async throws {
        let (connection, watcher) = try await (PostgresConnection.toScratch(), PostgresConnection.toScratch())
        let backend = try await connection.query("SELECT pg_backend_pid()").rows[0][0]
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await connection.query("SELECT pg_sleep(60)") }
            try await watcher.waitUntilBackend(backend, is: "active")
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        try await watcher.waitUntilBackend(backend, is: "idle")
        #expect(try await connection.query("SELECT 1").rows == [["1"]])
    }

    @Test func `cancelling a call that waits does not stop the one that runs`() async throws {
        let (connection, watcher) = try await (PostgresConnection.toScratch(), PostgresConnection.toScratch())
        let backend = try await connection.query("SELECT pg_backend_pid()").rows[0][0]
        async let running = connection.query("SELECT 'ran' FROM pg_sleep(0.3)")
        try await watcher.waitUntilBackend(backend, is: "active")
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await connection.query("SELECT pg_sleep(60)") }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(try await running.rows == [["ran"]])
    }

    @Test func `COPY as a plain statement closes the connection instead of hanging`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let fault = await #expect(throws: PostgresFault.self) { try await connection.query("COPY pg_class TO STDOUT") }
        #expect(fault?.code == "database-lost")
        try await connection.connect()
        #expect(await connection.isConnected)
    }

    @Test func `a closed connection says so and can be opened again`() async throws {
        let connection = try await PostgresConnection.toScratch()
        await connection.close()
        let fault = await #expect(throws: PostgresFault.self) { try await connection.query("SELECT 1") }
        #expect(fault == .lost(reason: "it is not open"))
        try await connection.connect()
        #expect(try await connection.query("SELECT 1").rows == [["1"]])
    }

    @Test func `connections that are let go give their threads back`() async throws {
        let url = try await ScratchPostgres.shared().database()
        for _ in 0..<200 { _ = try await PostgresConnection.open(url) }
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
        #expect(threads.count < 150)
    }
}

extension PostgresConnection {
    /// Waits, in the server, until the other connection is in this state.
    nonisolated func waitUntilBackend(_ backend: String?, is state: String) async throws {
        try await execute(
            script: """
                DO $$ BEGIN
                    WHILE NOT EXISTS (
                        SELECT FROM pg_stat_activity WHERE pid = \(backend ?? "0") AND state = '\(state)'
                    ) LOOP
                        PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
                    END LOOP;
                END $$
                """)
    }
}
