import Candles
import Foundation
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
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 50), of: series)
        await store.close()
        return (database, series)
    }

    private func version(_ database: ScratchDatabase) async throws -> Int64? {
        try await database.number("SELECT value FROM meta WHERE key = 'schema_version'")
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

    @Test func `four processes that migrate at once do it once`() async throws {
        let (database, _) = try await filled(.sqlite)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await (try database.store(adding: [Self.next, Self.afterNext], backup: .waived)).close()
                }
            }
            try await group.waitForAll()
        }
        #expect(try await version(database) == Int64(Self.known + 2))
        #expect(try await database.number("SELECT count(*) FROM candle") == 50)
    }

    @Test(arguments: StoreKind.allCases)
    func `a database with candles is not migrated without a backup`(kind: StoreKind) async throws {
        let (database, series) = try await filled(kind)
        let fault = await #expect(throws: StorageFault.self) { try await database.store(adding: [Self.next]) }
        #expect(fault?.code == "migration-needs-backup")
        #expect(try await version(database) == Int64(Self.known))
        let store = try await database.store(adding: [Self.next], backup: .waived)
        #expect(try await version(database) == Int64(Self.known + 1))
        #expect(try await store.everything(of: series).count == 50)
        await store.close()
    }
}
