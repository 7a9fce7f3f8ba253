import Backup
import Foundation
import Postgres
import Resilience
import TestSupport
import Testing

/// Dumps whose expressions try to leave the role that loads them, or to act as whoever looks at what was loaded.
@Suite(
    "The role that loads what nobody vouches for",
    .enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"),
    .timeLimit(.minutes(4)))
struct LimitedRoleTests {
    /// Who restores: a superuser, who may make roles, or who is a member of the standing one.
    enum Who: String, CaseIterable {
        case superuser = "SUPERUSER"
        case maker = "CREATEDB CREATEROLE"
        case member = "CREATEDB"
    }

    private func place(_ who: Who) async throws -> (RestorePlace, PostgresSettings) {
        let place = try await RestorePlace(rows: 10, cluster: ScratchPostgres.own())
        try await place.execute(
            """
            CREATE ROLE keeper LOGIN \(who.rawValue); ALTER TABLE t OWNER TO keeper;
            ALTER DATABASE \(place.settings.database) OWNER TO keeper;
            """)
        if who == .member {
            try await place.execute("CREATE ROLE cryptotrader_restore LOGIN; GRANT cryptotrader_restore TO keeper")
        }
        return (place, try PostgresSettings(conninfo: place.url.replacing("postgres@", with: "keeper@")))
    }

    /// A dump of the live database, with `sql` before its end, that nobody vouches for.
    private func archive(_ place: RestorePlace, with sql: String) throws -> RestoreArchive {
        let path = place.folder.path("crafted.sql")
        try Data((sql + "\n").utf8).write(to: URL(filePath: path))
        return try place.dump().archive(
            through: "sed -e '/^-- PostgreSQL database dump complete/{e cat \(path)' -e '}' | gzip -1")
    }

    /// Tries every way out that is known, and leaves a trace wherever one leads to anybody else.
    private static func leave(_ live: String) -> String {
        let ways = [
            "PERFORM set_config('role', 'none', false)", "PERFORM set_config('role', 'keeper', false)",
            "PERFORM set_config('session_authorization', 'default', false)",
            "PERFORM set_config('session_authorization', 'keeper', false)", "EXECUTE 'RESET ROLE'",
            "EXECUTE 'RESET SESSION AUTHORIZATION'", "EXECUTE 'SET SESSION AUTHORIZATION keeper'",
            "EXECUTE 'ALTER DATABASE \(live) SET work_mem TO 100'", "EXECUTE 'CREATE ROLE escaped'",
            "EXECUTE 'ALTER ROLE keeper SET work_mem TO 100'", "EXECUTE 'GRANT keeper TO PUBLIC'",
            "EXECUTE 'COMMENT ON DATABASE \(live) IS ''escaped'''", "PERFORM pg_read_file('PG_VERSION')",
            "EXECUTE format('ALTER DATABASE %I SET search_path TO evil, pg_catalog', current_database())",
        ]
        return """
            CREATE SEQUENCE public.traces;
            CREATE FUNCTION public.leave() RETURNS boolean LANGUAGE plpgsql AS $_$ BEGIN
            \(ways.map { "BEGIN \($0); EXCEPTION WHEN OTHERS THEN NULL; END;" }.joined(separator: "\n"))
            IF current_user <> session_user OR session_user !~ '^(ops|cryptotrader)_' THEN
                PERFORM nextval('public.traces');
            END IF;
            RETURN true; END $_$;
            CREATE FUNCTION public.quiet(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
                AS $_$ BEGIN RETURN public.leave(); END $_$;
            CREATE FUNCTION public.fire() RETURNS trigger LANGUAGE plpgsql
                AS $_$ BEGIN PERFORM public.leave(); RETURN NEW; END $_$;

            """
    }

    /// Every place of a dump where an expression runs while it is loaded, by COPY, by INSERT, at COMMIT or by ANALYZE.
    private static let attempts: String = {
        let rows = "COPY public.x (a) FROM stdin;\n1\n2\n\\.\n"
        let attempts = [
            "CREATE TABLE public.x (a integer, b boolean DEFAULT public.leave());\n\(rows)",
            "CREATE TABLE public.x (a integer, CHECK (public.leave()));\n\(rows)",
            "CREATE TABLE public.x (a integer, b boolean GENERATED ALWAYS AS (public.quiet(a)) STORED);\n\(rows)",
            "CREATE DOMAIN public.d AS integer CHECK (public.leave());\nCREATE TABLE public.x (a public.d);\n\(rows)",
            "CREATE TABLE public.x (a integer);\nCREATE INDEX ON public.x ((public.quiet(a)));\n\(rows)",
            "CREATE TABLE public.x (a integer);\n\(rows)CREATE INDEX ON public.x ((public.quiet(a)));\n",
            "CREATE TABLE public.x (a integer);\nCREATE TRIGGER tr BEFORE INSERT ON public.x FOR EACH ROW EXECUTE FUNCTION public.fire();\n\(rows)",
            "CREATE TABLE public.x (a integer);\nCREATE CONSTRAINT TRIGGER tr AFTER INSERT ON public.x DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.fire();\n\(rows)",
            "CREATE MATERIALIZED VIEW public.m AS SELECT public.leave() WITH NO DATA;\nREFRESH MATERIALIZED VIEW public.m;\n",
            "CREATE TABLE public.x (a integer);\nCREATE RULE r AS ON INSERT TO public.x DO INSTEAD SELECT public.leave();\nINSERT INTO public.x VALUES (1);\nCOPY public.x (a) FROM stdin;\n\\.\n",
        ]
        return attempts.enumerated().map { $1.replacing("public.x ", with: "public.x\($0) ") }.joined()
    }()

    /// Nothing of the cluster beyond the database that was loaded is other than before.
    private func expectNoTrace(_ place: RestorePlace) async throws {
        let postgres = place.settings.naming(database: "postgres")
        for sql in [
            "SELECT rolname FROM pg_roles WHERE rolname = 'escaped'", "SELECT setconfig::text FROM pg_db_role_setting",
            "SELECT description FROM pg_shdescription WHERE description = 'escaped'",
            "SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'keeper'::regrole",
        ] {
            #expect(try await RestorePlace.run(sql, postgres).isEmpty, "\(sql)")
        }
    }

    @Test(arguments: Who.allCases)
    func `no expression of a dump leads out of it, even where a person wants what acts`(who: Who) async throws {
        let (place, keeper) = try await place(who)
        var archive = try archive(place, with: Self.leave(place.settings.database) + Self.attempts)
        archive.allowsForeignObjects = true
        let before = try await place.execute("SELECT rolname FROM pg_roles ORDER BY 1")
        try await place.restore(archive, place.target(keeper))
        #expect(try await place.execute("SELECT is_called FROM public.traces") == [["f"]])
        try await expectNoTrace(place)
        #expect(try await place.execute("SELECT rolname FROM pg_roles ORDER BY 1") == before)
        #expect(try await place.rows() == 10)
        #expect(try await place.execute("SELECT tableowner FROM pg_tables WHERE tablename = 't'") == [["keeper"]])
    }

    @Test(arguments: Who.allCases)
    func `a verification looks at what was loaded as nobody else`(who: Who) async throws {
        let (place, keeper) = try await place(who)
        // Whoever asks for the indexes gets this view, once the settings of the database say so.
        let view = """
            CREATE SCHEMA evil;
            CREATE VIEW evil.pg_index AS SELECT 0::oid AS indexrelid, public.leave() AS indisvalid;

            """
        let archive = try archive(place, with: Self.leave(place.settings.database) + view + Self.attempts)
        #expect(try await PostgresDeepVerification(keeper).problem(archive) == nil)
        try await expectNoTrace(place)
        #expect(try await place.databases(like: "ops\\_%") == [])
    }

    @Test(arguments: [
        "CREATE VIEW public.meta AS SELECT 'schema_version'::text AS key, lo_export(lo_from_bytea(0, 'x'), '$')::text AS value;",
        "CREATE TABLE public.x (a integer, b integer DEFAULT lo_export(1, '$'));",
        "CREATE TABLE public.x (a integer, CHECK (lo_export(1, '$') > 0));",
        "CREATE DOMAIN public.d AS integer CHECK (\"lo_export\"(1, '$') > 0);",
        "CREATE DOMAIN public.d AS integer DEFAULT pg_catalog . U&\"lo\\005fexport\"(1, '$');",
        "CREATE TABLE public.x (a integer);\nCREATE POLICY p ON public.x USING (length(pg_read_file('$')) > 0);",
        "CREATE VIEW public.v AS SELECT a FROM generate_series(1, 2) a ORDER BY count(set_config('role', '$', true)) OVER ();",
        "CREATE VIEW public.v AS SELECT query_to_xml('SELECT 1 /* $ */', true, true, '');",
        "CREATE TABLE public.x (a integer) PARTITION BY RANGE (a);\nCREATE TABLE public.y PARTITION OF public.x (a DEFAULT lo_export(1, '$')) DEFAULT;",
    ])
    func `what would act by itself needs no function of its own, and is refused before anybody else reads it`(
        sql: String
    ) async throws {
        let place = try await RestorePlace(rows: 10)
        let ran = "/tmp/ct-ran-\(UUID().uuidString)"
        let archive = try archive(place, with: Self.withoutRows(sql.replacing("$", with: ran)))
        let fault = await #expect(throws: RestoreFault.self) { try await place.restore(archive) }
        #expect(fault?.code == "restore-foreign-objects", "\(String(describing: fault))")
        #expect(fault?.summary.contains("calls") == true)
        #expect(!FileManager.default.fileExists(atPath: ran))
    }

    /// As pg_dump says that a table has no rows; one in partitions has none of its own.
    private static func withoutRows(_ sql: String) -> String {
        let tables = sql.matches(of: /CREATE TABLE (public\.\w)(?! \(a integer\) PARTITION)/)
        return sql + "\n" + tables.map { "COPY \($0.1)  FROM stdin;\n\\.\n" }.joined()
    }

    @Test func `a schema that only computes is no foreign object`() async throws {
        let place = try await RestorePlace(rows: 10)
        let archive = try archive(
            place,
            with: Self.withoutRows(
                """
                CREATE SEQUENCE public.s;
                CREATE TABLE public.x (a bigint DEFAULT nextval('public.s'), b timestamp DEFAULT now(), c uuid DEFAULT gen_random_uuid(), CHECK (a > 0));
                CREATE VIEW public.v AS SELECT count(*) AS n, sum(a) OVER () AS a FROM public.x GROUP BY a;
                """))
        try await place.restore(archive)
        #expect(try await place.rows(of: "v") == 0)
    }

    @Test func `a role that the server does not let in is not taken, and the hint says what to do`() async throws {
        for who in [Who.superuser, .member] {
            let (place, keeper) = try await place(who)
            let hba = "\(place.cluster.folder)/data/pg_hba.conf"
            try "local all postgres,keeper trust\n".write(toFile: hba, atomically: false, encoding: .utf8)
            try await place.execute("SELECT pg_reload_conf()")
            try await place.cluster.restart()
            let archive = try place.dump().archive()
            let fault = await #expect(throws: RestoreFault.self) {
                try await place.restore(archive, place.target(keeper))
            }
            #expect(fault?.code == "restore-needs-limited-role")
            #expect(fault?.hint?.contains(who == .member ? "~/.pgpass" : "pg_hba.conf") == true)
            let verification = PostgresDeepVerification(keeper)
            await #expect(throws: RestoreFault.self) { _ = try await verification.problem(archive) }
            #expect(try await place.databases(like: "ops\\_%") == [])
            #expect(try await place.execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'ops\\_%'") == [["0"]])
        }
    }

    @Test func `its password is in the password file, and ours is not used for it`() async throws {
        let (place, _) = try await place(.member)
        try await place.execute("ALTER ROLE keeper PASSWORD 'ours'; ALTER ROLE cryptotrader_restore PASSWORD 'its own'")
        let file = place.folder.path("pgpass")
        let url = place.cluster.networkURL(database: place.settings.database, user: "keeper", password: "ours")
        let keeper = try PostgresSettings(conninfo: "\(url)?passfile=\(file.replacing("/", with: "%2F"))")
        let archive = try place.dump().archive()
        let target = place.target(keeper)
        let fault = await #expect(throws: RestoreFault.self) { try await place.restore(archive, target) }
        #expect(fault?.code == "restore-needs-limited-role")
        try "127.0.0.1:\(place.cluster.port):*:cryptotrader_restore:its own\n".write(
            toFile: file, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        try await place.restore(archive, target)
        #expect(try await place.rows() == 10)
    }
}
