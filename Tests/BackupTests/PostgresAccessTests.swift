import Backup
import Candles
import Foundation
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(5)))
struct PostgresAccessTests {
    /// All that says who may do what, and the settings of this database.
    private static let everything = """
        SELECT kind, name, acl FROM (
            SELECT 'relation' AS kind, relname::text AS name, pg_get_userbyid(relowner) || ' ' || coalesce(relacl::text, '') AS acl
            FROM pg_class WHERE relnamespace = ANY ('{public,extra}'::regnamespace[])
            UNION ALL SELECT 'column', attrelid::regclass || attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL
            UNION ALL SELECT 'schema', nspname, pg_get_userbyid(nspowner) || ' ' || nspacl::text FROM pg_namespace
                WHERE nspname IN ('public', 'extra')
            UNION ALL SELECT 'function', proname, pg_get_userbyid(proowner) || ' ' || coalesce(proacl::text, '') FROM pg_proc
                WHERE pronamespace = ANY ('{public,extra}'::regnamespace[])
            UNION ALL SELECT 'database', '', pg_get_userbyid(datdba) || ' ' || (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(datacl) a) || datconnlimit || datcollate
                || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()
            UNION ALL SELECT 'default', defaclobjtype::text || defaclnamespace::regnamespace, defaclacl::text FROM pg_default_acl
            UNION ALL SELECT 'setting', setrole::regrole::text, setconfig::text FROM pg_db_role_setting
                JOIN pg_database d ON d.oid = setdatabase WHERE d.datname = current_database()
        ) AS found ORDER BY 1, 2, 3
        """

    @Test func `who may read, and the settings of the database, survive a restore and its undo`() async throws {
        let place = try await RestorePlace(cluster: .own())
        try await place.execute(
            """
            CREATE ROLE keeper; CREATE ROLE reader; CREATE ROLE "odd ""role"; CREATE SCHEMA extra;
            ALTER DATABASE \(place.settings.database) OWNER TO keeper;
            CREATE TABLE extra."my table" (a int GENERATED ALWAYS AS IDENTITY, b int);
            CREATE VIEW v AS SELECT * FROM t; CREATE SEQUENCE s;
            CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
            ALTER TABLE t OWNER TO keeper; ALTER SCHEMA extra OWNER TO reader;
            GRANT SELECT ON t, v, extra."my table" TO reader; GRANT UPDATE (note) ON t TO "odd ""role" WITH GRANT OPTION;
            GRANT USAGE ON SEQUENCE s TO reader; GRANT USAGE ON SCHEMA extra TO "odd ""role";
            REVOKE EXECUTE ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO reader;
            REVOKE CONNECT ON DATABASE \(place.settings.database) FROM PUBLIC;
            GRANT CONNECT ON DATABASE \(place.settings.database) TO reader;
            ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
            ALTER DEFAULT PRIVILEGES IN SCHEMA extra GRANT SELECT ON TABLES TO "odd ""role";
            ALTER DATABASE \(place.settings.database) SET search_path TO "$user", public, extra;
            ALTER DATABASE \(place.settings.database) SET work_mem TO '8MB';
            ALTER ROLE reader IN DATABASE \(place.settings.database) SET application_name TO 'it''s';
            ALTER DATABASE \(place.settings.database) CONNECTION LIMIT 77;
            """)
        let before = try await place.execute(Self.everything)
        let archive = try await place.archive()
        try await place.restore(archive)
        let after = try await place.execute(Self.everything)
        #expect(after.count > 20)
        for (one, other) in zip(before, after) { #expect(one == other) }
        #expect(try await place.target(at: RestorePlace.noon + 5000).swapBack())
        #expect(try await place.execute(Self.everything) == before)
    }

    @Test func `what is no longer there is not granted`() async throws {
        let place = try await RestorePlace(cluster: .own())
        let archive = try await place.archive()
        try await place.execute("CREATE ROLE reader; CREATE TABLE later (); GRANT SELECT ON later, t TO reader")
        try await place.restore(archive)
        #expect(try await place.execute("SELECT has_table_privilege('reader', 't', 'SELECT')") == [["t"]])
        #expect(try await place.target().contents()?.tables == ["public.t": 1000])
    }

    @Test func `a role that may create databases restores its own`() async throws {
        let (place, keeper) = try await kept(by: "LOGIN CREATEDB")
        let archive = try await place.archive()
        try await RestorePlace.run("DELETE FROM t", keeper)
        try await place.restore(archive, place.target(keeper))
        #expect(try await RestorePlace.run("SELECT count(*) FROM t", keeper) == [["1000"]])
        #expect(try await place.execute("SELECT tableowner FROM pg_tables WHERE tablename = 't'") == [["keeper"]])
        #expect(try await place.target(keeper).clean() == [])
    }

    @Test func `a role that may not is told how to change that, and nothing changes`() async throws {
        let (place, keeper) = try await kept(by: "LOGIN")
        let archive = try await place.archive()
        await #expect(throws: RestoreFault.mayNotCreate(role: "keeper")) {
            try await place.restore(archive, place.target(keeper))
        }
        let verification = PostgresDeepVerification(keeper)
        await #expect(throws: RestoreFault.mayNotCreate(role: "keeper")) { _ = try await verification.problem(archive) }
    }

    @Test func `a role that does not own the database cannot replace it`() async throws {
        let (place, _) = try await kept(by: "LOGIN CREATEDB")
        try await place.execute("CREATE ROLE other LOGIN CREATEDB")
        let other = try PostgresSettings(conninfo: place.url.replacing("postgres@", with: "other@"))
        let archive = try await place.archive()
        let fault = await #expect(throws: PostgresFault.self) { try await place.restore(archive, place.target(other)) }
        #expect(fault?.code == "database-permission")
        #expect(try await place.databases(like: "ops\\_%") == [])
    }

    private func kept(by attributes: String) async throws -> (RestorePlace, PostgresSettings) {
        let place = try await RestorePlace(cluster: .own())
        try await place.execute(
            """
            CREATE ROLE keeper \(attributes); ALTER TABLE t OWNER TO keeper;
            ALTER DATABASE \(place.settings.database) OWNER TO keeper;
            """)
        return (place, try PostgresSettings(conninfo: place.url.replacing("postgres@", with: "keeper@")))
    }
}
