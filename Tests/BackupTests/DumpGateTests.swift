import TestSupport
import Testing

@testable import Backup

/// What of a dump reaches psql: everything that pg_dump writes, and nothing else.
@Suite(.timeLimit(.minutes(2))) struct DumpGateTests {
    /// What passes of a text that comes in pieces; nil where it is refused.
    private func passed(_ text: [UInt8], pieces: () -> Int = { 4096 }) -> (text: String, refusal: String?) {
        var gate = DumpGate()
        var passed: [UInt8] = []
        var rest = text[...]
        do {
            while !rest.isEmpty {
                let piece = Array(rest.prefix(max(1, pieces())))
                try gate.feed(piece.span) { $0.append(to: &passed, limit: $0.count) }
                rest = rest.dropFirst(piece.count)
            }
            try gate.finish { $0.append(to: &passed, limit: $0.count) }
        } catch let refusal as DumpGate.Refusal {
            return (String(decoding: passed, as: UTF8.self), refusal.what)
        } catch {
            return ("", "\(error)")
        }
        return (String(decoding: passed, as: UTF8.self), nil)
    }

    private func passed(_ text: String) -> (text: String, refusal: String?) { passed(Array(text.utf8)) }

    static let head = "--\n-- PostgreSQL database dump\n--\n\nSET standard_conforming_strings = on;\n\n"

    /// Each of these is one that psql would obey, or that would do what no dump does.
    static let crafted: [String] = {
        let commands = [
            "\\! id", "\\connect live", "\\c live", "\\o |id", "\\copy t from program 'id'", "\\i /etc/passwd",
            "\\ir x",
            "\\g |id", "\\gexec", "\\set x `id`", "\\setenv PAGER id", "\\w |id", "\\e", "\\lo_import /etc/passwd",
            "\\cd /",
            "\\watch", "\\password", "\\unrestrict", "\\restrict", "\\restrict a b", "\\restrict a;", "\\.", "\\q",
        ]
        let statements = [
            "ROLLBACK;", "COMMIT AND CHAIN;", "END;", "BEGIN; SELECT 1;", "DO $$BEGIN END$$;", "CALL p();",
            "COPY t FROM PROGRAM 'id';", "COPY t TO '/tmp/x';", "COPY t TO PROGRAM 'id';", "copy t from stdin;",
            "COPY (SELECT 1) TO stdout;", "COPY t FROM '/etc/passwd';", "COPY t (a) FROM stdin WITH (FORMAT csv);",
            "DROP DATABASE live;", "CREATE DATABASE x;", "ALTER DATABASE live SET search_path = x;",
            "ALTER SYSTEM SET a = 1;",
            "CREATE ROLE x;", "CREATE USER x SUPERUSER;", "ALTER ROLE x SUPERUSER;", "ALTER USER x SUPERUSER;",
            "DROP ROLE x;",
            "DROP USER x;", "GRANT postgres TO x;", "GRANT ALL ON DATABASE live TO x;", "REVOKE postgres FROM x;",
            "SET ROLE postgres;", "SET SESSION AUTHORIZATION postgres;", "RESET ROLE;", "RESET ALL;",
            "SET LOCAL a = 1;",
            "SET standard_conforming_strings = off;", "SET client_encoding = 'SJIS';", "SET client_encoding = 'BIG5';",
            "SET session_replication_role = replica;", "SET log_statement = 'all';", "SELECT pg_terminate_backend(1);",
            "SELECT pg_catalog.set_config('role', 'postgres', false);", "SELECT pg_catalog.setval(evil(), 1, true);",
            "SELECT pg_catalog.lo_import('/etc/passwd');", "SELECT 1;", "SELECT * INTO t FROM x;",
            "WITH a AS (SELECT 1) SELECT 1;",
            "TRUNCATE candle;", "DELETE FROM candle;", "UPDATE candle SET open = 1;", "VALUES (1);", "TABLE candle;",
            "INSERT INTO t SELECT evil();", "INSERT INTO t VALUES (evil());", "INSERT INTO t VALUES ((SELECT 1));",
            "CREATE TABLE t AS SELECT evil();", "CREATE UNLOGGED TABLE t AS TABLE x;",
            "CREATE TABLESPACE x LOCATION '/x';",
            "CREATE TEMP TABLE t (a int);", "COMMENT ON DATABASE live IS 'x';", "COMMENT ON ROLE x IS 'x';",
            "LOAD 'x';",
            "PREPARE p AS SELECT 1;", "EXECUTE p;", "LISTEN x;", "NOTIFY x;", "VACUUM;", "CLUSTER;",
            "REINDEX DATABASE live;",
            "LOCK TABLE t;", "DISCARD ALL;", "ALTER TABLESPACE x RENAME TO y;", "REASSIGN OWNED BY x TO y;",
            "DROP OWNED BY x;",
            "SECURITY LABEL ON ROLE x IS 'x';", "DECLARE c CURSOR FOR SELECT 1;", "EXPLAIN ANALYZE SELECT 1;",
        ]
        let hidden = [
            "COMMENT ON TABLE t IS E'\\''; \\! id\n--';", "COMMENT ON TABLE t IS E'a'\n'\\''; \\! id\n--';",
            "COMMENT ON TABLE t IS $1$; \\! id\n$1$;", "COMMENT ON TABLE t IS 1$$; \\! id\n$$;",
            "-- a comment\r\\! id\n", "/* ' */ \\! id\n/* ' */", "COMMENT ON TABLE t IS :'x; \\! id';",
            "COPY t (a) FROM stdin; \\! id\n1\n\\.\n", "COPY t (a) FROM stdin;\n1\n\\.\r\n\\! id\n\\.\n",
            "COPY t (a) FROM stdin;\n1\0\n\\.\n", "COMMENT ON TABLE t IS 'a\0b';",
            "COMMENT ON TABLE t IS 'x' \\g |id\n;",
            "CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'x'; COPY t (a) FROM stdin;\n\\! id\n\\.\n",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 case; END; ROLLBACK; END;",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; ROLLBACK;", "CREATE VIEW v AS SELECT :DBNAME;",
            "SELECT pg_catalog.setval('a', 1, true) \\gexec\n;", "\u{FEFF}SET a = 1;", "SET\u{000B}search_path = x;",
        ]
        return commands.map { $0 + "\n" } + commands.map { "SET search_path = x " + $0 + "\n;" } + statements + hidden
    }()

    @Test func `there are more than a hundred crafted ones`() { #expect(Self.crafted.count > 100) }

    @Test(arguments: crafted) func `nothing of a crafted text reaches psql`(text: String) {
        let whole = Self.head + text + "\n"
        let found = passed(whole)
        #expect(found.refusal != nil, "\(text)")
        #expect(!found.text.contains("id\n") && !found.text.contains("ROLLBACK"), "\(text)")
        for size in [1, 7] { #expect(passed(Array(whole.utf8)) { size }.refusal == found.refusal, "\(text)") }
    }

    static let right = [
        "COMMENT ON TABLE t IS '\\! id; ROLLBACK';\n", "COMMENT ON COLUMN public.t.a IS 'it''s \\\\';\n",
        "CREATE VIEW public.\"\\! id\" AS\n SELECT a$b AS \"x\n\\! id\n\",\n    $1 - -1 AS \"-- no\"\n   FROM public.\"$$\";\n",
        "CREATE FUNCTION public.f(integer) RETURNS text\n    LANGUAGE sql\n    AS $_$\n\\! id\n$$ ; $$ $1 $_$;\n",
        "CREATE FUNCTION public.g() RETURNS integer\n    LANGUAGE sql\n    BEGIN ATOMIC\n SELECT\n         CASE\n             WHEN true THEN 1\n             ELSE 2\n         END AS \"case\";\n SELECT $1;\nEND;\n",
        "CREATE RULE r AS\n    ON INSERT TO public.t DO ( DELETE FROM x;\n UPDATE x SET a = 1;\n);\n",
        "COPY public.\"a (b) FROM stdin;\" (a, \"b FROM stdin;\") FROM stdin;\n\\\\.\n\\! id\nCOPY x FROM stdin;\n\\N\t$$\n\\.\n\n",
        "COPY public.t (a) FROM stdin;\n\\.\n", "COPY public.nothing  FROM stdin;\n\\.\n",
        "SELECT pg_catalog.setval('public.\"s\\!\"', 1, true);\n",
        "SELECT pg_catalog.set_config('search_path', '', false);\n",
        "INSERT INTO public.t VALUES (1, 'a''b', NULL, true, -1.5e+3, B'01');\n",
        "ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT (E'\\\\x' || ('a'::text)[1:2]);\n",
        "SET client_encoding = 'UTF8';\n",
        "GRANT SELECT ON TABLE public.t TO PUBLIC;\n",
        "ALTER DEFAULT PRIVILEGES FOR ROLE a GRANT SELECT ON TABLES TO b;\n",
        "REFRESH MATERIALIZED VIEW public.m;\n", "DROP TABLE IF EXISTS public.t;\n",
        "CREATE USER MAPPING FOR a SERVER b;\n",
    ]

    @Test(arguments: right) func `what pg_dump writes passes unchanged`(text: String) {
        for size in [1, 3, 4096] {
            let found = passed(Array((Self.head + text).utf8)) { size }
            #expect(found.refusal == nil)
            #expect(found.text == Self.head + text)
        }
    }

    @Test func `the dump's own restriction and its transactions are left out`() {
        let found = passed("\\restrict Key1\n\n-- a\nBEGIN;\n\nSET search_path = x;\nCOMMIT;\n\n\\unrestrict Key1\n\n")
        #expect(found.refusal == nil)
        #expect(found.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") == "SET search_path = x;")
    }

    @Test func `any backslash outside of quotes and rows is refused, wherever it is put`() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        let parts = Self.right.filter {
            !$0.hasPrefix("COPY") && !$0.contains("\\") && !$0.contains("$") && !$0.contains("'") && !$0.contains("\"")
        }
        for _ in 0..<2000 {
            let text = (0..<4).compactMap { _ in parts.randomElement(using: &generator) }.joined()
            let at = text.index(text.startIndex, offsetBy: Int.random(in: 0..<text.count, using: &generator))
            let spoilt = text[..<at] + "\\! id " + text[at...]
            #expect(
                passed(Array(spoilt.utf8)) { Int.random(in: 1...9, using: &generator) }.refusal != nil, "seed \(seed)")
        }
    }

    @Test func `what could act by itself is named, and this program's own functions are not`() throws {
        func objects(_ text: String) throws -> [String] {
            var gate = DumpGate()
            try gate.feed(Array(text.utf8).span) { _ in }
            return gate.objects
        }
        let ours = """
            CREATE FUNCTION public.unix_ms(at timestamp with time zone) RETURNS bigint
                LANGUAGE sql IMMUTABLE PARALLEL SAFE
                AS $$ SELECT (extract(epoch FROM at) * 1000)::bigint $$;

            """
        #expect(try objects(ours) == [])
        #expect(try objects(ours.replacing("1000", with: "1001")).count == 1)
        for kind in [
            "FUNCTION f() RETURNS int LANGUAGE sql AS ''", "OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS ''",
            "TRIGGER t BEFORE INSERT ON x FOR EACH ROW EXECUTE FUNCTION f()", "RULE r AS ON INSERT TO t DO NOTHING",
            "EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", "EXTENSION IF NOT EXISTS x WITH SCHEMA public",
            "CONSTRAINT TRIGGER t AFTER INSERT ON x FOR EACH ROW EXECUTE FUNCTION f()",
            "PROCEDURE p() LANGUAGE sql AS ''",
            "SUBSCRIPTION s CONNECTION '' PUBLICATION p",
        ] {
            #expect(try objects("CREATE \(kind);\n").count == 1, "\(kind)")
        }
        #expect(try objects("CREATE TABLE public.t (a integer);\nCREATE VIEW v AS SELECT 1;\n") == [])
    }
}
