import Backup
import Postgres
import Resilience
import TestSupport
import Testing

/// Real dumps of databases whose content looks like commands, and crafted ones that are.
@Suite(
    "Dumps that are not believed", .enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"),
    .timeLimit(.minutes(4)))
struct OddDumpTests {
    private static let odd = #"""
        CREATE TABLE odd (id int, note text);
        INSERT INTO odd VALUES (1, E'\\.'), (2, E'\\! id'), (3, '$$'), (4, 'COPY odd FROM stdin;'), (5, E'a\r\nb\\'),
            (6, E'\n\\.\n'), (7, 'DROP TABLE odd;'), (8, E'\\unrestrict x'), (9, '-- PostgreSQL database dump complete');
        COMMENT ON TABLE odd IS E'it''s\n\\! id\n\\.\nCOPY odd FROM stdin;\n1\n\\.\n$$';
        CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$ SELECT $$
        \! id
        COPY odd FROM stdin;
        $$ $_$;
        CREATE FUNCTION g(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN 1 ELSE 2 END; SELECT a; END;
        CREATE VIEW "v\! id" AS SELECT id AS "x;
        \! id", E'\\' AS "case" FROM odd;
        CREATE TABLE "COPY x (y) FROM stdin;" ("a;" text DEFAULT E'\\! id', b int GENERATED ALWAYS AS IDENTITY, CHECK ("a;" <> E'\\'));
        INSERT INTO "COPY x (y) FROM stdin;" VALUES (E'\\.');
        CREATE TABLE ruled (id int);
        CREATE RULE r AS ON DELETE TO ruled DO ALSO (INSERT INTO odd VALUES (0, ';'); DELETE FROM odd WHERE id = -1);
        CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER tr BEFORE UPDATE ON odd FOR EACH ROW WHEN (NEW.note <> E'\\! id') EXECUTE FUNCTION t(E'\\', ';');
        CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM odd;
        CREATE TYPE mood AS ENUM (E'\\', ';', '$$');
        CREATE INDEX i ON odd ((note || E'\\'));
        SELECT lo_from_bytea(0, '\x5c2e0a5c21206964');
        """#

    @Test func `a database of odd content is restored whole by what is ours`() async throws {
        let place = try await RestorePlace(rows: 10)
        try await place.execute(Self.odd)
        let archive = try await place.archive()
        try await place.execute("DELETE FROM odd; DROP FUNCTION f()")
        try await place.restore(archive)
        #expect(try await place.rows(of: "odd") == 9)
        #expect(try await place.rows(of: "\"COPY x (y) FROM stdin;\"") == 1)
        #expect(try await place.execute("SELECT f()").first?.first??.contains("COPY odd FROM stdin;") == true)
        #expect(try await place.execute("SELECT count(*) FROM pg_largeobject_metadata") == [["1"]])
    }

    @Test(arguments: ["sed '/^.restrict/d; /^.unrestrict/d'", "cat"])
    func `one that nobody vouches for too, by a role that can do nothing else`(filter: String) async throws {
        let place = try await RestorePlace(rows: 10, cluster: ScratchPostgres.own())
        try await place.execute(Self.odd)
        let archive = try place.dump().archive(through: "\(filter) | gzip -1")
        try await place.execute("DELETE FROM odd")
        try await place.restore(archive)
        #expect(try await place.rows(of: "odd") == 9)
        let owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname IN ('t', 'odd', 'm')"
        #expect(try await place.execute(owners) == [["postgres"]])
        #expect(try await place.execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'ops\\_%'") == [["0"]])
    }

    @Test(
        .enabled(if: PostgresDump.otherProgram != nil, "OTHER_PG_DUMP names no other pg_dump"),
        arguments: ["sed '/^.restrict/d; /^.unrestrict/d'", "cat"])
    func `one of a newer pg_dump too, with and without its restrict`(filter: String) async throws {
        let place = try await RestorePlace(rows: 10, cluster: ScratchPostgres.own())
        try await place.execute(Self.odd)
        // By way of the network: the other program may live in a root of its own.
        var dump = PostgresDump(
            folder: place.folder, url: place.cluster.networkURL(database: place.settings.database))
        dump.program = PostgresDump.otherProgram ?? ""
        let archive = try dump.archive(through: "\(filter) | gzip -1")
        let ours = try PostgresDump.proven(
            dump.archive("ours.sql.gz"), await PostgresTableSums(settings: place.settings).sums())
        try await place.execute("DELETE FROM odd")
        try await place.restore(archive)
        #expect(try await place.rows(of: "odd") == 9)
        try await place.execute("DELETE FROM odd")
        try await place.restore(ours)
        #expect(try await place.rows(of: "odd") == 9)
    }

    @Test func `a crafted dump is refused before anything is made or loaded`() async throws {
        let place = try await RestorePlace(rows: 10, cluster: ScratchPostgres.own())
        let live = place.settings.database
        for crafted in [
            "\\! touch \(place.folder.path("ran"))", "ROLLBACK; TRUNCATE t;", "\\connect \(live)\nTRUNCATE t;",
        ] {
            let line = crafted.replacing("\n", with: "\\n").replacing("\\!", with: "\\\\!").replacing(
                "\\c", with: "\\\\c")
            let archive = try place.dump().archive(
                through: "sed 's|^-- PostgreSQL database dump complete|\(line)\\n&|' | gzip -1")
            let target = place.target()
            let fault = await #expect(throws: BackupFault.self) { try await target.foreignObjects(in: archive) }
            #expect(fault?.code == "backup-refused")
            await #expect(throws: RestoreFault.self) { try await place.restore(archive) }
            #expect(try await place.rows() == 10)
            #expect(try place.folder.url.names().contains("ran") == false)
            #expect(try await place.databases(like: "ops%").isEmpty)
        }
    }

    @Test func `without a role that can do nothing else a stranger's dump is not loaded, and the hint has the GRANTs`()
        async throws
    {
        let place = try await RestorePlace(rows: 10, cluster: ScratchPostgres.own())
        let archive = try place.dump().archive()
        try await place.execute(
            "CREATE ROLE owner LOGIN CREATEDB; ALTER DATABASE \(place.settings.database) OWNER TO owner; ALTER TABLE t OWNER TO owner"
        )
        let settings = try PostgresSettings(conninfo: place.url.replacing("postgres@", with: "owner@"))
        let target = place.target(settings)
        let fault = await #expect(throws: RestoreFault.self) { try await place.restore(archive, target) }
        #expect(fault?.code == "restore-needs-limited-role")
        #expect(fault?.hint?.contains("CREATE ROLE cryptotrader_restore LOGIN") == true)
        #expect(fault?.hint?.contains("GRANT cryptotrader_restore TO \"owner\"") == true)
        #expect(try await place.databases(like: "ops%").isEmpty)
        try await place.execute(
            "CREATE ROLE cryptotrader_restore LOGIN; GRANT cryptotrader_restore TO owner; DELETE FROM t")
        try await place.restore(archive, target)
        #expect(try await place.rows() == 10)
        #expect(try await place.execute("SELECT tableowner FROM pg_tables WHERE tablename = 't'") == [["owner"]])
    }

    @Test
    func `a superuser restores an extension into a database of another role, and the owner is told that it cannot`()
        async throws
    {
        let place = try await RestorePlace(rows: 10, cluster: ScratchPostgres.own())
        try await place.execute(
            "CREATE ROLE owner LOGIN CREATEDB; ALTER DATABASE \(place.settings.database) OWNER TO owner; ALTER TABLE t OWNER TO owner; CREATE EXTENSION pageinspect"
        )
        let settings = try PostgresSettings(conninfo: place.url.replacing("postgres@", with: "owner@"))
        let says = try await PostgresSource(settings).look().unrestorable
        #expect(says == ["the extension \"pageinspect\""])
        #expect(try await PostgresSource(place.settings).look().unrestorable.isEmpty)
        let archive = try await place.archive()
        let fault = await #expect(throws: RestoreFault.self) {
            try await place.restore(archive, place.target(settings))
        }
        #expect(fault?.code == "restore-rolled-back")
        #expect(fault?.hint?.contains("pageinspect") == true)
        try await place.execute("DELETE FROM t")
        try await place.restore(archive)
        #expect(try await place.rows() == 10)
        #expect(try await place.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pageinspect'") == [["1"]])
        #expect(try await place.execute("SELECT tableowner FROM pg_tables WHERE tablename = 't'") == [["owner"]])
    }
}
