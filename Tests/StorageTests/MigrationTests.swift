import Candles
import Foundation
import GRDB
import Resilience
import Storage
import TestSupport
import Testing

/// From one schema version to the next.
@Suite("Migration", .timeLimit(.minutes(2))) struct MigrationTests {
    /// The newest version that this program knows.
    private static let known = Migration.sqlite.count
    private static let next = Migration(version: known + 1, sql: "ALTER TABLE candle ADD COLUMN trades INTEGER")
    private static let afterNext = Migration(version: known + 2, sql: "CREATE TABLE third (id INTEGER)")
    private static let broken = Migration(
        version: known + 2, sql: "CREATE TABLE half (id INTEGER); SELECT * FROM nowhere")

    private func filled(_ kind: StoreKind) async throws -> (database: ScratchDatabase, series: StoredSeries) {
        let database = try await kind.database()
        let store = try await database.store()
        let series = try await store.want(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 50), of: series)
        await store.close()
        return (database, series)
    }

    private func version(_ database: ScratchDatabase) async throws -> Int64? {
        try await database.number("SELECT value FROM meta WHERE key = 'schema_version'")
    }

    /// The names beside an SQLite database that are neither it nor its log.
    private func copies(beside database: ScratchDatabase) throws -> [String] {
        let folder = try #require(database.folder)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { !["candles.db", "candles.db-wal", "candles.db-shm"].contains($0) }.sorted()
    }

    /// How many candles the file has, and which schema.
    private func content(of path: String) async throws -> (candles: Int?, version: Int?, check: String?) {
        var configuration = Configuration()
        configuration.readonly = true
        return try await DatabaseQueue(path: path, configuration: configuration).read { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM candle"),
                try Int.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'schema_version'"),
                try String.fetchOne(db, sql: "PRAGMA integrity_check")
            )
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a schema newer than the program is refused, and nothing is changed`(kind: StoreKind) async throws {
        let (database, _) = try await filled(kind)
        try await database.execute("UPDATE meta SET value = '77' WHERE key = 'schema_version'")
        let fault = await #expect(throws: StorageFault.self) { try await database.store() }
        #expect(fault?.code == "schema-newer")
        #expect(
            fault?.summary.contains("schema version 77, and this program knows versions up to \(Self.known)") == true)
        #expect(fault?.disposition == .permanent)
        #expect(try await version(database) == 77)
        #expect(try await database.number("SELECT count(*) FROM candle") == 50)
    }

    @Test(arguments: StoreKind.allCases)
    func `a database without candles is migrated at once, and only once`(kind: StoreKind) async throws {
        let database = try await kind.database()
        await (try database.store()).close()
        for _ in 0..<2 { await (try database.store(adding: [Self.next, Self.afterNext])).close() }
        #expect(try await version(database) == Int64(Self.known + 2))
        #expect(try await database.number("SELECT count(*) FROM third") == 0)
        if kind == .sqlite { #expect(try copies(beside: database) == []) }
    }

    @Test(arguments: StoreKind.allCases)
    func `a step that fails leaves the database as it was before it`(kind: StoreKind) async throws {
        let (database, series) = try await filled(kind)
        await #expect(throws: (any Error).self) {
            try await database.store(adding: [Self.next, Self.broken], backup: .waived)
        }
        await #expect(throws: (any Error).self) { try await database.number("SELECT count(*) FROM half") }
        let store = try await database.store(adding: [Self.next], backup: .waived)
        #expect(try await version(database) == Int64(Self.known + 1))
        #expect(try await store.everything(of: series).count == 50)
        await store.close()
    }

    @Test func `a copy that opens and counts right stands beside a migrated file`() async throws {
        let (database, series) = try await filled(.sqlite)
        let store = try await database.store(adding: [Self.next])
        #expect(try await store.everything(of: series).count == 50)
        #expect(try await version(database) == Int64(Self.known + 1))
        await store.close()
        #expect(try copies(beside: database) == ["candles.db.before-schema-\(Self.known + 1)"])
        let folder = try #require(database.folder)
        #expect(
            try await content(of: folder.path("candles.db.before-schema-\(Self.known + 1)")) == (50, Self.known, "ok"))
    }

    @Test func `the copy of a killed run is replaced and leaves no half file`() async throws {
        let (database, _) = try await filled(.sqlite)
        let folder = try #require(database.folder)
        let name = "candles.db.before-schema-\(Self.known + 1)"
        for suffix in ["", ".partial", ".partial-journal", ".partial-wal", ".partial-shm"] {
            try Data(String(repeating: "half", count: 3000).utf8).write(to: folder.url.appending(path: name + suffix))
        }
        await (try database.store(adding: [Self.next])).close()
        #expect(try copies(beside: database) == [name])
        #expect(try await content(of: folder.path(name)) == (50, Self.known, "ok"))
    }

    @Test func `a copy that does not pass its check stops the migration and is removed`() async throws {
        let (database, series) = try await filled(.sqlite)
        try await database.execute(
            """
            PRAGMA ignore_check_constraints = ON;
            INSERT INTO coverage VALUES (\(series.id), 5, 4, 'none', 0);
            """)
        let fault = await #expect(throws: StorageFault.self) { try await database.store(adding: [Self.next]) }
        #expect(fault?.code == "migration-backup-failed")
        #expect(try copies(beside: database) == [])
        #expect(try await version(database) == Int64(Self.known))
        #expect(try await database.number("SELECT count(*) FROM candle") == 50)
    }

    @Test func `no copy is made where the user has a backup`() async throws {
        let (database, _) = try await filled(.sqlite)
        await (try database.store(adding: [Self.next], backup: .waived)).close()
        #expect(try copies(beside: database) == [])
        #expect(try await version(database) == Int64(Self.known + 1))
    }

    @Test func `four processes that migrate at once leave one copy of the old schema`() async throws {
        let (database, _) = try await filled(.sqlite)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { await (try database.store(adding: [Self.next, Self.afterNext])).close() }
            }
            try await group.waitForAll()
        }
        #expect(try await version(database) == Int64(Self.known + 2))
        let folder = try #require(database.folder)
        #expect(try copies(beside: database) == ["candles.db.before-schema-\(Self.known + 2)"])
        #expect(
            try await content(of: folder.path("candles.db.before-schema-\(Self.known + 2)")) == (50, Self.known, "ok"))
    }

    @Test(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"))
    func `Postgres asks for a backup unless the user has one`() async throws {
        let (database, series) = try await filled(.postgres)
        let fault = await #expect(throws: StorageFault.self) { try await database.store(adding: [Self.next]) }
        #expect(fault?.code == "migration-needs-backup")
        #expect(try await version(database) == Int64(Self.known))
        let store = try await database.store(adding: [Self.next], backup: .waived)
        #expect(try await version(database) == Int64(Self.known + 1))
        #expect(try await store.everything(of: series).count == 50)
        await store.close()
    }
}
