import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(2)))
struct PostgresCopyOutTests {
    private struct Enough: Error {}

    /// Many more rows than any buffer holds.
    private static let many = "COPY (SELECT generate_series(1, 100000000)) TO STDOUT"

    private func lines(_ sql: String, on connection: PostgresConnection) async throws -> [String] {
        try await connection.transaction { connection in
            var lines: [String] = []
            let count = try connection.copyOut(sql) { row in
                lines.append(String(decoding: (0..<row.count).map { row[$0] }, as: UTF8.self))
            }
            #expect(count == lines.count)
            return lines
        }
    }

    @Test func `rows come as text with their line feeds`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let sql = "COPY (VALUES (1, E'a\\tb', NULL), (2, '', 'é')) TO STDOUT"
        #expect(try await lines(sql, on: connection) == ["1\ta\\tb\t\\N\n", "2\t\té\n"])
        #expect(try await lines("COPY (SELECT 1 WHERE false) TO STDOUT", on: connection).isEmpty)
        #expect(try await lines("COPY (SELECT FROM generate_series(1, 2)) TO STDOUT", on: connection) == ["\n", "\n"])
    }

    @Test func `every row of a large table comes once`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let sum = try await connection.transaction { connection in
            var sum = 0
            try connection.copyOut("COPY (SELECT generate_series(1, 300000)) TO STDOUT") { row in
                var number = 0
                for index in 0..<row.count - 1 { number = number * 10 + Int(row[index]) - 48 }
                sum += number
            }
            return sum
        }
        #expect(sum == 300_000 * 300_001 / 2)
    }

    @Test func `an error of the server in the middle comes out, and the connection goes on`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let fault = await #expect(throws: PostgresFault.self) {
            try await lines("COPY (SELECT 1 / (50000 - generate_series(1, 100000))) TO STDOUT", on: connection)
        }
        #expect(fault?.sqlstate == "22012")
        #expect(try await lines("COPY (VALUES (1)) TO STDOUT", on: connection) == ["1\n"])
    }

    @Test func `what the receiver throws stops the server, and the connection goes on`() async throws {
        let connection = try await PostgresConnection.toScratch()
        await #expect(throws: Enough.self) {
            try await connection.transaction { connection in
                var rows = 0
                try connection.copyOut(Self.many) { _ in
                    rows += 1
                    if rows > 1000 { throw Enough() }
                }
            }
        }
        #expect(try await lines("COPY (VALUES (1)) TO STDOUT", on: connection) == ["1\n"])
    }

    @Test func `a deadline ends it while rows flow`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let fault = await #expect(throws: PostgresFault.self) {
            try await connection.transaction { try $0.copyOut(Self.many, deadline: .milliseconds(200)) { _ in } }
        }
        #expect(fault?.code == "database-timeout")
        #expect(try await lines("COPY (VALUES (1)) TO STDOUT", on: connection) == ["1\n"])
    }

    @Test func `a cancellation ends it while rows flow`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await connection.transaction { connection in
                    try connection.copyOut(Self.many, deadline: nil) { _ in begin.finish() }
                }
            }
            for await _ in begun {}
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(try await lines("COPY (VALUES (1)) TO STDOUT", on: connection) == ["1\n"])
    }

    @Test func `a server that dies in the middle is a lost connection`() async throws {
        let (connection, other) = try await (PostgresConnection.toScratch(), PostgresConnection.toScratch())
        let backend = try await connection.query("SELECT pg_backend_pid()").rows[0][0]
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await connection.transaction { connection in
                    try connection.copyOut(Self.many, deadline: nil) { _ in begin.finish() }
                }
            }
            for await _ in begun {}
            try await other.query("SELECT pg_terminate_backend($1)", [backend])
            let fault = await #expect(throws: PostgresFault.self) { try await group.next() }
            #expect(fault?.code == "database-lost")
        }
    }

    @Test func `a statement that is no COPY gives no rows`() async throws {
        let connection = try await PostgresConnection.toScratch()
        #expect(try await lines("CREATE TABLE t ()", on: connection).isEmpty)
    }

    @Test func `other settings name another database in the same place`() throws {
        let settings = try PostgresSettings(conninfo: "postgres://me:secret@host:5/one")
        #expect(
            settings.naming(database: "a b\"c")
                == PostgresSettings(
                    host: "host", port: 5, database: "a b\"c", user: "me", password: "secret"))
    }
}
