import Foundation
import Postgres
import Storage
import TestSupport
import Testing

@testable import Backup

/// Backups by the real pg_dump of a real server.
@Suite(
    "Backup of Postgres", .enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(3))
)
struct PostgresSourceTests {
    /// Whatever text, numbers and names can be.
    private static let tables = """
        CREATE TABLE plain (id int PRIMARY KEY, note text, raw bytea, price float8, at timestamptz);
        INSERT INTO plain SELECT n,
            CASE n % 7 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN E'a\\tb' WHEN 3 THEN E'back\\\\slash' WHEN 4 THEN E'two\\nlines'
                WHEN 5 THEN '\\.' ELSE 'žluťoučký 🐎' END,
            decode(md5(n::text), 'hex'),
            CASE n % 5 WHEN 0 THEN 'NaN'::float8 WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity' ELSE n / 7.0 END,
            timestamptz '2024-03-31 00:30:00+00' + n * interval '10 minutes'
            FROM generate_series(1, 2000) n;
        CREATE TABLE "My ""odd"" table (x)" ("Column 1" text, doubled int GENERATED ALWAYS AS (length("Column 1") * 2) STORED);
        INSERT INTO "My ""odd"" table (x)" VALUES ('-- PostgreSQL database dump complete'), ('\\.'), ('COPY public.plain FROM stdin;');
        CREATE SCHEMA "Other";
        CREATE TABLE "Other".empty (id int);
        CREATE FUNCTION liar() RETURNS text LANGUAGE sql AS $$ SELECT '
        COPY public.nothing (a) FROM stdin;
        -- PostgreSQL database dump complete
        ' $$;
        """

    private func connection(_ url: String) async throws -> PostgresConnection {
        let connection = PostgresConnection(try PostgresSettings(conninfo: url))
        try await connection.connect()
        return connection
    }

    private func filled() async throws -> String {
        let url = try await ScratchPostgres.shared().database()
        let connection = try await connection(url)
        try await connection.execute(script: Self.tables)
        await connection.close()
        return url
    }

    private func backUp(_ url: String, into folder: BackupFolder, at time: Int64 = 0) async throws -> Manifest {
        try folder.prepare()
        return try await BackupRun(
            PostgresSource(PostgresSettings(conninfo: url)), in: folder, occasion: .manual, now: { time },
            emit: { _ in }
        ).run()
    }

    @Test func `psql reads the file without help from us, and every row is there`() async throws {
        let url = try await filled()
        let scratch = try ScratchFolder()
        let folder = BackupFolder(scratch.url.appending(path: "of a 'friend'"))
        let manifest = try await backUp(url, into: folder)
        #expect(manifest.file == "postgres_backup_19700101_000000.sql.gz")
        #expect(
            manifest.tables.map { "\($0.name) \($0.rows)" }.sorted() == [
                "\"Other\".empty 0", "public.\"My \"\"odd\"\" table (x)\" 3", "public.plain 2000",
            ])
        let copy = try await ScratchPostgres.shared().database()
        let variables = ["FILE": folder.url.appending(path: manifest.file).path, "COPY": copy]
        _ = try await Programs.shell("gunzip -t \"$FILE\"", variables)
        _ = try await Programs.shell("gunzip -c \"$FILE\" | psql -qX -v ON_ERROR_STOP=1 \"$COPY\"", variables)
        // The same rows in other pages and in another order.
        let other = try await connection(copy)
        try await other.execute(
            script:
                "CREATE TABLE again AS SELECT * FROM plain ORDER BY note DESC; TRUNCATE plain; INSERT INTO plain SELECT * FROM again; DROP TABLE again"
        )
        await other.close()
        #expect(try await backUp(copy, into: folder, at: 5000).tables == manifest.tables)
    }

    @Test func `the sums are those of the lines that COPY gives`() async throws {
        let url = try await filled()
        let scratch = try ScratchFolder()
        let manifest = try await backUp(url, into: BackupFolder(scratch.url.appending(path: "backups")))
        for table in manifest.tables where table.rows > 0 {
            let stored = table.name.contains("odd") ? " (\"Column 1\")" : ""
            _ = try await Programs.shell(
                #"psql -qXAt -v ON_ERROR_STOP=1 "$URL" -c "COPY $TABLE TO STDOUT" > "$FILE""#,
                ["URL": url, "TABLE": table.name + stored, "FILE": scratch.path("rows"), "PGTZ": "UTC"])
            var sums = LineSums()
            for line in try Data(contentsOf: URL(filePath: scratch.path("rows"))).split(separator: UInt8(ascii: "\n")) {
                sums.add(Array(line).span)
            }
            #expect(sums.table(named: table.name) == table)
        }
    }

    @Test func `a database and a role of any name are found, without standing among the arguments`() async throws {
        let cluster = try await ScratchPostgres.shared()
        let name = #"o'dd "x"=\ name"#
        let quoted = "\"\(name.replacing("\"", with: "\"\""))\""
        let connection = try await connection(cluster.networkURL())
        try await connection.query("CREATE ROLE \(quoted) SUPERUSER LOGIN PASSWORD 'p @/:%'")
        try await connection.query("CREATE DATABASE \(quoted) OWNER \(quoted)")
        let settings = PostgresSettings(
            host: "127.0.0.1", port: cluster.port, database: name, user: name, password: "p @/:%")
        let inside = PostgresConnection(settings)
        try await inside.connect()
        try await inside.execute(
            script: "CREATE TABLE meta (x int); CREATE TABLE series_stats (y int); INSERT INTO meta VALUES (7)")
        await inside.close()
        let scratch = try ScratchFolder()
        let manifest = try await BackupRun(
            PostgresSource(settings), in: BackupFolder(scratch.url), occasion: .manual, now: { 0 }, emit: { _ in }
        ).run()
        #expect(manifest.tables.map { "\($0.name) \($0.rows)" } == ["public.meta 1", "public.series_stats 0"])
        #expect(manifest.schemaVersion == nil && manifest.newestCandle == nil, "the tables are somebody else's")
        try await connection.query("DROP DATABASE \(quoted)")
        try await connection.query("DROP ROLE \(quoted)")
    }

    @Test func `another time zone and other formats change no sum`() async throws {
        let url = try await filled()
        let scratch = try ScratchFolder()
        let folder = BackupFolder(scratch.url.appending(path: "backups"))
        let before = try await backUp(url, into: folder)
        let connection = try await connection(url)
        let name = try PostgresSettings(conninfo: url).database
        try await connection.execute(
            script: """
                ALTER DATABASE \(name) SET timezone = 'Europe/Berlin'; ALTER DATABASE \(name) SET datestyle = 'German';
                ALTER DATABASE \(name) SET bytea_output = 'escape'; ALTER DATABASE \(name) SET extra_float_digits = 0;
                """)
        await connection.close()
        let after = try await backUp(url, into: folder, at: 5000)
        #expect(after.tables == before.tables)
        try await self.connection(url).execute(script: "UPDATE plain SET price = price + 1e-9 WHERE id = 8")
        #expect(try await backUp(url, into: folder, at: 9000).tables != before.tables)
    }

    @Test func `under a writer that never rests it holds one moment`() async throws {
        let url = try await ScratchPostgres.shared().database()
        let settings = try PostgresSettings(conninfo: url)
        let store = try await PostgresCandleStore(settings, clock: ContinuousClock())
        try await store.fill(20_000, from: 0)
        await store.close()
        let scratch = try ScratchFolder()
        let folder = BackupFolder(scratch.url)
        let manifests = try await withThrowingTaskGroup(of: [Manifest].self) { group in
            group.addTask {
                let writer = try await PostgresCandleStore(settings, clock: ContinuousClock())
                var from = 20_000
                while !Task.isCancelled {
                    try await writer.fill(10, from: from)
                    from += 10
                }
                await writer.close()
                return []
            }
            group.addTask {
                var made: [Manifest] = []
                for second in 0..<3 { made.append(try await backUp(url, into: folder, at: Int64(second) * 1000)) }
                return made
            }
            defer { group.cancelAll() }
            while let made = try await group.next() { if !made.isEmpty { return made } }
            return []
        }
        let counts = manifests.compactMap { manifest in manifest.tables.first { $0.name == "public.candle" }?.rows }
        #expect(counts.count == 3 && counts.allSatisfy { $0 % 10 == 0 } && counts[0] < counts[2], "\(counts)")
        for manifest in manifests {
            // Rows and their statistics are written in one transaction of ten rows.
            let copy = try await ScratchPostgres.shared().database()
            let variables = ["FILE": folder.url.appending(path: manifest.file).path, "COPY": copy]
            _ = try await Programs.shell("gunzip -c \"$FILE\" | psql -qX -v ON_ERROR_STOP=1 \"$COPY\"", variables)
            let restored = try await connection(copy)
            let row = try await restored.query(
                "SELECT (SELECT count(*) FROM candle), (SELECT candles FROM series_stats)")
            #expect(row.rows[0][0] == row.rows[0][1])
            await restored.close()
        }
    }

    @Test func `a wrong password is refused, and stands in no output`() async throws {
        let cluster = try await ScratchPostgres.shared()
        let url = cluster.networkURL(password: "wrong-pa55word")
        let folder = try ScratchFolder()
        let fault = await #expect(throws: PostgresFault.self) {
            try await backUp(url, into: BackupFolder(folder.url))
        }
        #expect(fault?.code == "database-refused")
        #expect(!"\(String(describing: fault))".contains("wrong-pa55word"))
    }
}
