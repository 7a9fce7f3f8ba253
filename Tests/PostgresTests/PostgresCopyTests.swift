import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(2)))
struct PostgresCopyTests {
    private static let copy = "COPY t FROM STDIN (FORMAT binary)"

    private func table(_ columns: String = "a int8 PRIMARY KEY") async throws -> PostgresConnection {
        let connection = try await PostgresConnection.toScratch()
        try await connection.execute(script: "CREATE TABLE t (\(columns))")
        return connection
    }

    private func rows(_ values: some Sequence<Int>) -> CopyBuffer {
        var buffer = CopyBuffer(columns: 1)
        for value in values {
            buffer.beginRow()
            buffer.append(int64: Int64(value))
        }
        return buffer
    }

    @Test func `every type arrives as it was given`() async throws {
        let connection = try await table("a int4, b int8, c timestamptz, d float8, e bool, f text, g int4")
        var buffer = CopyBuffer(columns: 7)
        buffer.beginRow()
        buffer.append(int32: -7)
        buffer.append(int64: .min)
        buffer.append(timestampMilliseconds: 1_451_606_400_001)
        buffer.append(double: 0.0072031000000000005)
        buffer.append(bool: true)
        buffer.append(text: "é")
        buffer.appendNull()
        #expect(try await connection.copyIn(Self.copy, buffer) == 1)
        #expect(
            try await connection.query("SELECT * FROM t").rows == [
                ["-7", "-9223372036854775808", "2016-01-01 00:00:00.001+00", "0.0072031000000000005", "t", "é", nil]
            ])
    }

    @Test func `doubles keep their bits`() async throws {
        let connection = try await table("a int8, b float8")
        let values = [24, 8e-8, 143.510528166414, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity]
        var buffer = CopyBuffer(columns: 2)
        for (number, value) in values.enumerated() {
            buffer.beginRow()
            buffer.append(int64: Int64(number))
            buffer.append(double: value)
        }
        try await connection.copyIn(Self.copy, buffer)
        let stored = try await connection.query("SELECT b FROM t ORDER BY a").rows.compactMap {
            $0[0].flatMap(Double.init)
        }
        #expect(stored.map(\.bitPattern) == values.map(\.bitPattern))
    }

    @Test func `more rows than the socket takes at once, and a buffer that is used again`() async throws {
        let connection = try await table()
        var buffer = rows(0..<500_000)
        #expect(try await connection.copyIn(Self.copy, buffer) == 500_000)
        buffer.removeAll()
        buffer.beginRow()
        buffer.append(int64: -1)
        buffer.finish()
        buffer.finish()
        #expect(try await connection.copyIn(Self.copy, buffer) == 1)
        #expect(try await connection.rowCount() == 500_001)
    }

    @Test func `no rows are no error`() async throws {
        let connection = try await table()
        #expect(try await connection.copyIn(Self.copy, CopyBuffer(columns: 1)) == 0)
    }

    @Test(arguments: [0, 199_999]) func `a key that exists stores nothing and the connection goes on`(key: Int)
        async throws
    {
        let connection = try await table()
        try await connection.query("INSERT INTO t VALUES ($1)", [String(key)])
        let fault = await #expect(throws: PostgresFault.self) {
            try await connection.copyIn(Self.copy, rows(0..<200_000))
        }
        #expect(fault?.isUniqueViolation == true)
        #expect(try await connection.rowCount() == 1)
    }

    @Test func `a buffer of other columns is an error of the server`() async throws {
        let connection = try await table("a int8, b int8")
        let fault = await #expect(throws: PostgresFault.self) { try await connection.copyIn(Self.copy, rows(0..<9)) }
        #expect(fault?.sqlstate == "22P04")
        #expect(try await connection.rowCount() == 0)
    }

    @Test func `a table that does not exist is an error of the server`() async throws {
        let connection = try await PostgresConnection.toScratch()
        let fault = await #expect(throws: PostgresFault.self) { try await connection.copyIn(Self.copy, rows(0..<9)) }
        #expect(fault?.sqlstate == "42P01")
        #expect(await connection.isConnected)
    }

    @Test func `a deadline ends a COPY that waits for a lock, and nothing is stored`() async throws {
        let connection = try await table()
        let other = PostgresConnection(connection.settings)
        try await other.connect()
        try await other.execute(script: "BEGIN; INSERT INTO t VALUES (5)")
        let fault = await #expect(throws: PostgresFault.self) {
            try await connection.copyIn(Self.copy, rows(0..<200_000), deadline: .milliseconds(300))
        }
        #expect(fault?.code == "database-timeout")
        #expect(try await connection.rowCount() == 0)
    }

    @Test func `a cancelled COPY stores nothing`() async throws {
        let (connection, watcher) = try await (table(), PostgresConnection.toScratch())
        let backend = try await connection.query("SELECT pg_backend_pid()").rows[0][0]
        let other = PostgresConnection(connection.settings)
        try await other.connect()
        try await other.execute(script: "BEGIN; INSERT INTO t VALUES (5)")
        let buffer = rows(0..<500_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await connection.transaction { try $0.copyIn(Self.copy, buffer) } }
            try await watcher.waitUntilBackend(backend, is: "active")
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(try await connection.rowCount() == 0)
    }
}
