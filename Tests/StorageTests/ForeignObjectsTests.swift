import Candles
import Postgres
import Resilience
import Storage
import TestSupport
import Testing

/// What others keep in a database under the names that this program uses.
@Suite("CandleStore: names that are taken", .timeLimit(.minutes(3))) struct ForeignObjectsTests {
    /// SQL that another program ran there, and what the message must name.
    struct Other: Sendable, CustomTestStringConvertible {
        let sql: String
        let named: String
        var kinds = StoreKind.allCases

        var testDescription: String { sql }
    }

    private static let before: [Other] = [
        Other(sql: "CREATE TABLE series (id int, title text)", named: "table series"),
        Other(sql: "CREATE TABLE candles (x int)", named: "table candles"),
        Other(sql: "CREATE TABLE candle (series_id int, open_time int)", named: "table candle"),
        Other(sql: "CREATE TABLE coverage (x int); CREATE TABLE gaps (x int)", named: "table coverage"),
        Other(sql: "CREATE TABLE host_status (host text)", named: "table host_status"),
        Other(sql: "CREATE TABLE meta (x int)", named: "table meta"),
        Other(sql: "CREATE TABLE meta (key int, value int)", named: "table meta"),
        Other(sql: "CREATE TABLE meta (key text PRIMARY KEY, value text)", named: "table meta"),
        Other(sql: "CREATE TABLE t (x int); CREATE VIEW tickers AS SELECT x FROM t", named: "view tickers"),
        Other(
            sql: "CREATE TABLE t (x int); CREATE VIEW meta AS SELECT x AS key, x AS value FROM t", named: "view meta"),
        Other(sql: "CREATE TABLE t (x int); CREATE INDEX derived_candles ON t (x)", named: "index derived_candles"),
        Other(sql: "CREATE TABLE revisions_1 (x int)", named: "revisions_1", kinds: [.sqlite]),
        Other(sql: "CREATE TABLE \"Series\" (x int)", named: "table series", kinds: [.sqlite]),
        Other(sql: "CREATE TYPE coverage AS ENUM ('a')", named: "type coverage", kinds: [.postgres]),
        Other(sql: "CREATE DOMAIN suspects AS int", named: "type suspects", kinds: [.postgres]),
        Other(sql: "CREATE SEQUENCE suspects", named: "sequence suspects", kinds: [.postgres]),
        Other(
            sql: "CREATE MATERIALIZED VIEW gaps AS SELECT 1 AS x", named: "materialized view gaps", kinds: [.postgres]),
        Other(
            sql: "CREATE FUNCTION unix_ms(timestamptz) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            named: "function unix_ms",
            kinds: [.postgres]),
        Other(
            sql: "CREATE TABLE meta (key text, value text); INSERT INTO meta VALUES ('schema_version', '12')",
            named: "no table series"),
        Other(
            sql: "CREATE TABLE meta (key text, value text); INSERT INTO meta VALUES ('schema_version', '1')",
            named: "no table candle"),
        Other(
            sql: """
                CREATE TABLE meta (key text, value text); INSERT INTO meta VALUES ('schema_version', 'beta');
                """, named: "table meta"),
    ]

    private static func cases(_ others: [Other]) -> [(StoreKind, Other)] {
        StoreKind.allCases.flatMap { kind in others.filter { $0.kinds.contains(kind) }.map { (kind, $0) } }
    }

    private func objects(_ database: ScratchDatabase) async throws -> [[String]] {
        if case .sqlite = database.location {
            return try await database.rows("SELECT type, name, sql FROM sqlite_master ORDER BY name")
        }
        return try await database.rows(
            """
            SELECT 'c' || oid, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT 'p' || oid, proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1
            """)
    }

    @Test(arguments: cases(before))
    func `a name of ours that another has is told in one sentence, and nothing is changed`(
        kind: StoreKind, other: Other
    ) async throws {
        let database = try await kind.database()
        try await database.execute(other.sql)
        let before = try await objects(database)
        for backup in [MigrationBackup.required, .waived] {
            let error = await #expect(throws: (any Error).self) { try await database.store(backup: backup) }
            let fault = try #require(error as? any Fault, "\(error.debugDescription)")
            #expect(fault.code == "database-not-ours", "\(fault)")
            #expect(fault.disposition == .permanent)
            #expect(fault.summary.contains(other.named), "\(fault.summary)")
            #expect(fault.summary.split(whereSeparator: \.isNewline).count == 1)
            #expect(fault.hint?.contains("name another database") == true)
        }
        #expect(try await objects(database) == before)
    }

    /// SQL that changed a database of ours by hand, and what the message must name.
    private static let after: [Other] = [
        Other(sql: "DROP VIEW candles; CREATE TABLE candles (x int)", named: "candles is no view, but a table"),
        Other(sql: "ALTER TABLE disagreements RENAME COLUMN folded TO f", named: "table disagreements has no folded"),
        Other(sql: "ALTER TABLE tickers RENAME TO t2", named: "no table tickers"),
        Other(
            sql: "ALTER TABLE host_status RENAME TO t2; CREATE TABLE host_status (x int)",
            named: "host_status has no at"),
        Other(
            sql: "ALTER TABLE coverage RENAME TO t2; CREATE TABLE coverage (series_id int, a int)",
            named: "coverage has no checked_at, from_time"),
    ]

    /// Everything of a store that the changes above are in the way of.
    private func work(_ store: any CandleStore) async throws {
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 3), of: series)
        try await store.note([Disagreement(timeframe: .hour1, openTime: 0, coarse: .at(0), folded: nil)], of: series)
        _ = try await store.disagreements(of: series)
        try await store.store(tickers: [], at: 0)
        try await store.publish(status: "{}", of: "host", at: 0)
    }

    @Test(arguments: cases(after))
    func `tables of ours that lack something are told so, to who writes and to who reads`(
        kind: StoreKind, other: Other
    ) async throws {
        let database = try await kind.database()
        let store = try await database.store()
        try await work(store)
        let series = try #require(try await store.find(.sample()))
        let reader = try await database.reader()
        try await database.execute(other.sql)
        if !other.sql.contains("candles") {
            let fault = await #expect(throws: StorageFault.self) { try await work(store) }
            #expect(fault?.code == "database-not-ours", "\(String(describing: fault))")
            #expect(fault?.summary.contains(other.named) == true, "\(fault?.summary ?? "")")
        }
        if !other.sql.contains("candles"), !other.sql.contains("disagreements") {
            let fault = await #expect(throws: StorageFault.self) { try await reader.readEverything(of: series) }
            #expect(fault?.code == "database-not-ours", "\(String(describing: fault))")
        }
        await reader.close()
        await store.close()
        // The next step of the schema would build on what is not there.
        let step = Migration(version: Migration.sqlite.count + 1, sql: "CREATE TABLE more (x int)")
        let fault = await #expect(throws: StorageFault.self) {
            try await database.store(adding: [step], backup: .waived)
        }
        #expect(fault?.summary.contains(other.named) == true, "\(fault?.summary ?? "")")
        #expect(try await objects(database).flatMap(\.self).contains("more") == false)
    }

    @Test func `a database whose other schemas have such names is as good as any`() async throws {
        let database = try await StoreKind.postgres.database()
        try await database.execute(
            "CREATE SCHEMA app; CREATE TABLE app.series (x int); CREATE TABLE app.meta (y int); CREATE VIEW app.gaps AS SELECT 1 AS x"
        )
        let store = try await database.store()
        try await work(store)
        await store.close()
    }
}
