import Foundation
import GRDB
import Postgres
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Databases that a job must not work in: told in one sentence, before anything is asked or written.
    @Suite("Refused databases", .timeLimit(.minutes(3))) struct DatabaseRefusalTests {
        private static func refused(_ place: Workplace, _ code: String, _ words: String) async throws {
            for command in [
                place.backfill(), place.ingest("status", "--json"),
                place.ingest("gap-repair", "--series", "BTCUSD-1m", "--json"),
            ] {
                let outcome = try await command.run()
                #expect(outcome.status == 78, "\(command.arguments): \(outcome.out) \(outcome.err)")
                #expect(outcome.out.contains(code) || outcome.err.contains(code), "\(outcome.out) \(outcome.err)")
                #expect(outcome.out.contains(words) || outcome.err.contains(words), "\(outcome.out) \(outcome.err)")
            }
        }

        @Test(.enabled(if: ScratchPooler.isEnabled, "apt-get install pgbouncer postgresql"))
        func `a pooler that keeps no session ends each job with 78, and leaves no lock behind`() async throws {
            let server = try await ScratchPostgres.shared()
            let settings = try PostgresSettings(conninfo: await server.database())
            let pooler = try await ScratchPooler.start(before: server, mode: .transaction)
            let place = try Workplace(exchange: "http://127.0.0.1:9", database: pooler.url(database: settings.database))
            try await Self.refused(place, "database-pooled", "connect past the pooler")
            let connection = PostgresConnection(settings)
            try await connection.connect()
            #expect(
                try await connection.query(
                    "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory' AND datname = $1",
                    [settings.database]
                ).rows == [["0"]])
            await connection.close()
            let session = try await ScratchPooler.start(before: server, mode: .session)
            let allowed = try Workplace(
                exchange: "http://127.0.0.1:9", database: session.url(database: settings.database))
            #expect(try await allowed.ingest("status", "--json").run().status == 0)
        }

        @Test func `another program's table under a name of ours ends each job with 78`() async throws {
            let place = try Workplace(exchange: "http://127.0.0.1:9")
            let queue = try DatabaseQueue(path: place.sqlitePath)
            try await queue.write { try $0.execute(sql: "CREATE TABLE series (id int, title text)") }
            try queue.close()
            try await Self.refused(place, "database-not-ours", "the table series is there already")
        }
    }
}
