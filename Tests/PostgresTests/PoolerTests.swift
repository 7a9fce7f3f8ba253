import Foundation
import Postgres
import Resilience
import TestSupport
import Testing

/// What stands between us and the server may keep a session for us, and nothing less.
@Suite(.enabled(if: ScratchPooler.isEnabled, "apt-get install pgbouncer postgresql"), .timeLimit(.minutes(3)))
struct PoolerTests {
    /// How a pooler may be set, and who else uses it.
    struct Place: Sendable, CustomTestStringConvertible {
        var size = 20
        var options = ""
        /// Other clients, which are in a transaction.
        var busy = 0
        /// Other clients, which have asked and do nothing now.
        var idle = 0

        var testDescription: String { "\(size) sessions, \(busy) busy and \(idle) idle clients \(options)" }

        static let all = [
            Place(), Place(size: 1), Place(size: 2, busy: 1), Place(options: "server_round_robin = 1", idle: 6),
            Place(busy: 5, idle: 10), Place(size: 3, options: "server_round_robin = 1", busy: 1, idle: 5),
        ]
    }

    private struct Stage {
        let server: ScratchPostgres
        let pooler: ScratchPooler
        let url: String
        /// As a client of the pooler that knows nothing of pooling.
        let others: [Process]

        init(_ mode: ScratchPooler.Mode, _ place: Place) async throws {
            server = try await ScratchPostgres.shared()
            pooler = try await ScratchPooler.start(
                before: server, mode: mode, size: place.size, options: place.options)
            let settings = try PostgresSettings(conninfo: await server.database())
            url = pooler.url(database: settings.database)
            var others: [Process] = []
            let isSession = mode == .session
            for index in 0..<(place.busy + place.idle) {
                // A client that keeps a session would leave none for us.
                if isSession, others.count >= place.size - 1 { break }
                let begins = index < place.busy && mode != .statement
                others.append(try Self.client(of: url, asking: begins ? "BEGIN; SELECT 1;" : "SELECT 1;"))
            }
            self.others = others
        }

        private static func client(of url: String, asking sql: String) throws -> Process {
            let client = Process()
            client.executableURL = URL(filePath: "/usr/bin/psql")
            client.arguments = ["-XAtq", url]
            let (input, output) = (Pipe(), Pipe())
            client.standardInput = input
            client.standardOutput = output
            try client.run()
            try input.fileHandleForWriting.write(contentsOf: Data("\(sql)\n".utf8))
            _ = try output.fileHandleForReading.read(upToCount: 2)
            return client
        }

        func end() {
            for other in others { other.terminate() }
        }
    }

    @Test(arguments: [ScratchPooler.Mode.transaction, .statement], Place.all)
    func `a pooler that keeps no session is refused, however it is set and used`(
        mode: ScratchPooler.Mode, place: Place
    ) async throws {
        let stage = try await Stage(mode, place)
        defer { stage.end() }
        let connection = PostgresConnection(try PostgresSettings(conninfo: stage.url))
        let fault = await #expect(throws: PostgresFault.self) { try await connection.connect() }
        #expect(fault?.code == "database-pooled")
        #expect(fault?.disposition == .permanent)
        #expect(fault?.hint?.hasPrefix("connect past the pooler") == true)
        #expect(fault?.summary.contains("127.0.0.1:\(stage.pooler.port)") == true)
        await #expect(throws: PostgresFault.self) { try await connection.query("SELECT 1") }
    }

    @Test(arguments: Place.all)
    func `a pooler that keeps a session for each client is allowed, and locks hold in it`(place: Place) async throws {
        let stage = try await Stage(.session, place)
        defer { stage.end() }
        let connection = PostgresConnection(try PostgresSettings(conninfo: stage.url))
        try await connection.connect()
        let direct = try await PostgresConnection.open(
            stage.server.networkURL(database: try PostgresSettings(conninfo: stage.url).database))
        let lock = "SELECT pg_try_advisory_lock(7)"
        #expect(try await connection.query(lock).rows == [["t"]])
        for _ in 0..<5 { #expect(try await connection.query("SELECT 1").rows == [["1"]]) }
        #expect(try await direct.query(lock).rows == [["f"]])
        await connection.close()
        await direct.close()
    }

    @Test func `of several poolers the one that answered is looked at`() async throws {
        let server = try await ScratchPostgres.shared()
        let database = try PostgresSettings(conninfo: await server.database()).database
        let poolers = [
            try await ScratchPooler.start(before: server, mode: .transaction),
            try await ScratchPooler.start(before: server, mode: .session),
        ]
        for order in [[0, 1], [1, 0]] {
            let ports = order.map { "\(poolers[$0].port)" }.joined(separator: ",")
            let connection = PostgresConnection(
                try PostgresSettings(
                    conninfo: "host=127.0.0.1,127.0.0.1 port=\(ports) user=postgres dbname=\(database)"))
            let error: (any Error)?
            do {
                try await connection.connect()
                error = nil
            } catch let caught { error = caught }
            #expect((error as? PostgresFault)?.code == (order[0] == 0 ? "database-pooled" : nil))
            await connection.close()
        }
    }

    @Test func `a server without a pooler is taken for itself`() async throws {
        let server = try await ScratchPostgres.shared()
        for url in [try await server.database(), server.networkURL()] {
            let connection = PostgresConnection(try PostgresSettings(conninfo: url))
            try await connection.connect()
            #expect(
                try await connection.query("SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid()").rows
                    == [["1"]])
            await connection.close()
        }
    }
}
