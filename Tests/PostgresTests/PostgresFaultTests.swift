import Foundation
import Postgres
import Resilience
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(2)))
struct PostgresFaultTests {
    private func failure(connecting url: String, deadline: Duration = .seconds(5)) async throws -> PostgresFault? {
        let connection = PostgresConnection(try PostgresSettings(conninfo: url))
        return await #expect(throws: PostgresFault.self) { try await connection.connect(deadline: deadline) }
    }

    @Test func `a wrong password is refused and not repeated in the message`() async throws {
        let server = try await ScratchPostgres.shared()
        let fault = try await failure(connecting: server.networkURL(password: "wr0ng-secret"))
        #expect(fault?.code == "database-refused")
        #expect(fault?.disposition == .permanent)
        #expect(fault?.description.contains("wr0ng-secret") == false)
        #expect(fault?.description.contains("127.0.0.1:\(server.port)/postgres") == true)
    }

    @Test func `the right password connects`() async throws {
        let connection = try await PostgresConnection.open(ScratchPostgres.shared().networkURL())
        #expect(try await connection.query("SELECT 1").rows == [["1"]])
    }

    @Test func `a missing password is refused`() async throws {
        let port = try await ScratchPostgres.shared().port
        let fault = try await failure(connecting: "host=127.0.0.1 port=\(port) user=postgres passfile=/none")
        #expect(fault?.code == "database-refused")
    }

    @Test func `an unknown role or database is refused by name`() async throws {
        let server = try await ScratchPostgres.shared()
        let database = try await failure(connecting: server.networkURL(database: "nowhere"))
        #expect(database?.code == "database-refused")
        #expect(database?.summary.contains(#"database "nowhere" does not exist"#) == true)
        let role = try await failure(connecting: server.networkURL(user: "nobody_here"))
        #expect(role?.code == "database-refused")
    }

    @Test func `nobody listening is unreachable and worth another try`() async throws {
        let fault = try await failure(connecting: "postgres://u:s3cret@127.0.0.1:1/d")
        #expect(fault?.code == "database-unreachable")
        #expect(fault?.summary.contains { $0.isNewline || $0 == "\t" } == false, "libpq's words, on one line")
        #expect(fault?.disposition == .retryable(after: nil))
        #expect(fault?.description.contains("s3cret") == false)
    }

    @Test(arguments: [
        ("SELECT nonsense", "database-error", "42703"),
        ("SET TRANSACTION READ ONLY; CREATE TABLE t ()", "database-read-only", "25006"),
        ("CREATE ROLE plain; SET ROLE plain; CREATE ROLE other", "database-permission", "42501"),
        ("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$", "storage-full", "53100"),
        ("DO $$ BEGIN RAISE EXCEPTION 'down' USING ERRCODE = '57P01'; END $$", "database-lost", nil),
        ("DO $$ BEGIN RAISE EXCEPTION 'cut' USING ERRCODE = '08006'; END $$", "database-lost", nil),
        ("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$", "database-error", "40001"),
    ]) func `an error of the server has its code`(script: String, code: String, sqlstate: String?) async throws {
        let connection = try await PostgresConnection.toScratch()
        let fault = await #expect(throws: PostgresFault.self) { try await connection.execute(script: script) }
        #expect(fault?.code == code)
        #expect(fault?.sqlstate == sqlstate)
    }

    @Test func `a long statement is shortened in the message`() {
        let fault = PostgresFault.server(
            sqlstate: "42601", message: "no", sql: String(repeating: "SELECT\n ", count: 100))
        #expect(fault.summary.count < 200)
        #expect(!fault.summary.contains("\n"))
    }

    @Test func `a server that stops loses the connection, and connect finds it again`() async throws {
        let server = try await ScratchPostgres.own()
        let connection = try await PostgresConnection.open(server.database())
        let watcher = try await PostgresConnection.open(server.networkURL())
        let backend = try await connection.query("SELECT pg_backend_pid()").rows[0][0]
        let fault = try await withThrowingTaskGroup(of: PostgresFault?.self) { group in
            group.addTask {
                await #expect(throws: PostgresFault.self) { try await connection.query("SELECT pg_sleep(60)") }
            }
            try await watcher.waitUntilBackend(backend, is: "active")
            try await server.crash()
            return try await group.next() ?? nil
        }
        #expect(fault?.code == "database-lost")
        #expect(await !connection.isConnected)
        let idle = await #expect(throws: PostgresFault.self) { try await watcher.query("SELECT 1") }
        #expect(idle?.code == "database-lost")
        let gone = await #expect(throws: PostgresFault.self) { try await connection.connect() }
        #expect(gone?.code == "database-unreachable")
        try await server.start()
        try await connection.connect()
        #expect(try await connection.query("SELECT 1").rows == [["1"]])
    }
}
