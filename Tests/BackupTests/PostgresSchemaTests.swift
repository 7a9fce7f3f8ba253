import Backup
import Candles
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(5)))
struct PostgresSchemaTests {
    /// A live database of this program whose schema has this version.
    private func place(version: Int) async throws -> RestorePlace {
        let place = try await RestorePlace(rows: 1)
        let store = try await PostgresCandleStore(
            place.settings, clock: ManualClock(), migrations: Array(Migration.postgres.prefix(version)), backup: .waived
        )
        await store.close()
        try await place.execute(
            """
            INSERT INTO series (symbol, timeframe, step_ms, wanted_from) VALUES ('tBTCUSD', '1h', 3600000, now());
            INSERT INTO candle SELECT 1, from_unix_ms(i * 3600000::bigint), 1, 2, 0.1 + 0.2, 1e-300, 'NaN', true
            FROM generate_series(1, 500) i;
            INSERT INTO series_stats (series_id, last_open) VALUES (1, '2026-01-01 05:00+00');
            """)
        return place
    }

    @Test func `an older schema is migrated`() async throws {
        let place = try await place(version: 1)
        let archive = try await place.archive()
        try await place.execute("DELETE FROM candle")
        #expect(try await place.target().contents()?.schemaVersion == 1)
        try await place.restore(archive)
        let contents = try await place.target().contents()
        #expect(contents?.schemaVersion == Migration.postgres.last?.version)
        #expect(contents?.newestCandle == "2026-01-01T05:00:00Z")
        #expect(contents?.tables["public.candle"] == 500)
        #expect(contents?.tables["public.tickers"] == 0)
    }

    @Test func `a newer schema is refused`() async throws {
        let place = try await place(version: 2)
        try await place.execute("UPDATE meta SET value = '99'")
        let archive = try await place.archive()
        try await place.execute("UPDATE meta SET value = '2'; DELETE FROM candle")
        let fault = await #expect(throws: RestoreFault.self) { try await place.restore(archive) }
        #expect(fault?.summary.contains("99") == true)
        #expect(try await place.target().contents()?.tables["public.candle"] == 0)
    }

    @Test func `a table meta of somebody else does not matter`() async throws {
        let place = try await RestorePlace()
        try await place.execute("CREATE TABLE meta (a int); CREATE TABLE series_stats (b int)")
        try await place.restore(place.archive())
        #expect(
            try await place.target().contents()
                == DatabaseContents(
                    tables: ["public.t": 1000, "public.meta": 0, "public.series_stats": 0], newestCandle: nil,
                    schemaVersion: nil))
    }

    @Test(arguments: ["Europe/Berlin", "UTC"]) func `the server's time zone and formats do not matter`(zone: String)
        async throws
    {
        let place = try await RestorePlace()
        try await place.execute(
            """
            CREATE TABLE "Odd ""Table" (a timestamptz, b interval, c float8, d bytea, e regclass, f date, g text);
            INSERT INTO "Odd ""Table" VALUES ('2026-03-29 01:30Z', '1 mon -3 days 4:5:6', 0.1, '\\x00ff', 't', 'infinity', E'a\\tb\\\\\\n'),
                (NULL, NULL, 'NaN', '', NULL, NULL, ''), (NULL, NULL, '-Infinity', NULL, 'pg_class', NULL, 'é');
            CREATE TABLE parent (a int) PARTITION BY RANGE (a);
            CREATE TABLE child PARTITION OF parent FOR VALUES FROM (0) TO (9); INSERT INTO parent VALUES (1);
            CREATE UNLOGGED TABLE "select" (a int, b int GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO "select" VALUES (1);
            CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE TABLE base (a int); CREATE TABLE heir () INHERITS (base);
            INSERT INTO heir VALUES (5);
            ALTER DATABASE \(place.settings.database) SET TimeZone TO '\(zone)';
            ALTER DATABASE \(place.settings.database) SET IntervalStyle TO 'iso_8601';
            ALTER DATABASE \(place.settings.database) SET DateStyle TO 'German';
            """)
        let proven = try await place.archive()
        try await place.restore(proven)
        let path = place.folder.path("local.sql.gz")
        try PostgresDump.shell("pg_dump --no-owner \"$1\" | gzip > \"$2\"", place.url, path)
        try await place.restore(RestoreArchive(path: path, manifest: nil), place.target(at: RestorePlace.noon + 9000))
        #expect(try await PostgresTableSums(settings: place.settings).sums() == proven.manifest?.tables)
    }
}
