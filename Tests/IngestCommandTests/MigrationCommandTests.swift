import Foundation
import GRDB
import Postgres
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// A database of the version before, met by a command of this one.
    @Suite("Migration by a command", .timeLimit(.minutes(3))) struct MigrationCommandTests {
        private static let rows = """
            INSERT INTO candle (series_id, open_time, open, high, low, close, volume, final)
            VALUES (1, TIME(0), 1, 2, 0.5, 1.5, 3, TRUE), (1, TIME(60000), 1.5, 2, 1, 1.25, 4, TRUE);
            """

        private func oldFile() async throws -> Workplace {
            var place = try Workplace(exchange: "http://127.0.0.1:9")
            place.environment["BACKUP_DIR"] = place.folder.path("backups")
            await (try SQLiteCandleStore(path: place.sqlitePath, migrations: [Migration.sqlite[0]])).close()
            let queue = try DatabaseQueue(path: place.sqlitePath)
            try await queue.write { db in
                try db.execute(
                    sql: Self.rows.replacing("TIME(0)", with: "0").replacing("TIME(60000)", with: "60000"))
            }
            try queue.close()
            return place
        }

        private func number(_ sql: String, in place: Workplace) async throws -> Int? {
            try await DatabaseQueue(path: place.sqlitePath).read { try Int.fetchOne($0, sql: sql) }
        }

        private func version(of place: Workplace) async throws -> Int? {
            try await number("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'schema_version'", in: place)
        }

        private func backups(of place: Workplace) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: place.folder.path("backups"))) ?? [])
                .filter { $0.hasSuffix(".gz") }
        }

        @Test func `SQLite is backed up first, and the backup holds the schema of before`() async throws {
            let place = try await oldFile()
            let outcome = try await place.ingest("status", "--json").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(try await version(of: place) == Migration.sqlite.count)
            let made = backups(of: place)
            #expect(made.count == 1)
            #expect(outcome.err.contains(made.first ?? "?"), "the run says which: \(outcome.err)")
            let list = try await Command.ops(["backups", "--json"], place.environment).run()
            #expect(list.out.contains("\"occasion\" : \"pre_migration\""), "\(list.out) \(list.err)")
            #expect(list.out.contains("\"good\" : true"))
            let again = try await place.ingest("status").run()
            #expect(again.status == 0)
            #expect(backups(of: place) == made, "nothing is due any more")
        }

        @Test func `without room for a backup nothing is migrated`() async throws {
            var place = try await oldFile()
            try Data().write(to: URL(filePath: place.folder.path("a file")))
            place.environment["BACKUP_DIR"] = place.folder.path("a file")
            let outcome = try await place.ingest("status").run()
            #expect(outcome.status == 78, "\(outcome.err)")
            #expect(
                outcome.err.contains("[migration-needs-backup]") && outcome.err.contains("backup-folder"),
                "\(outcome.err)")
            #expect(try await version(of: place) == 1)
            let waived = try await place.ingest("migrate", "--no-backup").run()
            #expect(waived.status == 0, "\(waived.err)")
            #expect(try await version(of: place) == Migration.sqlite.count)
            #expect(try await number("SELECT count(*) FROM candle", in: place) == 2)
        }

        @Test(.enabled(if: ScratchPostgres.isEnabled))
        func `Postgres is backed up by pg_dump first`() async throws {
            let url = try await ScratchPostgres.shared().database()
            var place = try Workplace(exchange: "http://127.0.0.1:9", database: url)
            place.environment["BACKUP_DIR"] = place.folder.path("backups")
            let settings = try PostgresSettings(conninfo: url)
            await (try PostgresCandleStore(settings, clock: ContinuousClock(), migrations: [Migration.postgres[0]]))
                .close()
            let connection = PostgresConnection(settings)
            try await connection.connect()
            try await connection.execute(
                script: Self.rows.replacing("TIME(", with: "from_unix_ms("))
            func version() async throws -> String? {
                try await connection.query("SELECT value FROM meta WHERE key = 'schema_version'").rows[0][0]
            }
            let outcome = try await place.ingest("status").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(try await version() == "\(Migration.postgres.count)")
            #expect(backups(of: place).count == 1)
            await connection.close()
        }
    }
}
