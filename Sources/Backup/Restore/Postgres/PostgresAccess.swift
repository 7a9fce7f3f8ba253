import Postgres

/// Who may do what in a database, and the settings that it has: as statements for the database that takes its place.
///
/// A dump that is made without owners and privileges has none of it.
struct PostgresAccess: Sendable {
    /// `object` is what must be there for the statement, as `to_regclass` and its kin read it.
    private struct Statement {
        let kind: String
        let object: String
        let sql: String
    }

    private let statements: [Statement]

    /// Reads it from the live database, for a database of the name `scratch`.
    init(of live: PostgresSettings, for scratch: String) async throws {
        let connection = PostgresConnection(live)
        try await connection.connect()
        let rows = try await connection.query("SET search_path TO ''").rows + connection.query(Self.sql, [scratch]).rows
        await connection.close()
        statements = rows.compactMap { row in
            guard let kind = row[0], let object = row[1], let sql = row[2] else { return nil }
            return Statement(kind: kind, object: object, sql: sql)
        }
    }

    /// Runs the statements whose objects are there again.
    ///
    /// - Returns: What the server refused, which keeps no row from being restored.
    func apply(to scratch: PostgresSettings) async throws -> [String] {
        let connection = PostgresConnection(scratch)
        try await connection.connect()
        var refused: [String] = []
        for statement in statements where try await connection.has(statement.kind, statement.object) {
            do {
                try await connection.query(statement.sql)
            } catch let fault as PostgresFault where fault.sqlstate != nil {
                refused.append(fault.summary)
            }
        }
        await connection.close()
        return refused
    }

    /// Kind, object and statement, in the order to run them; `$1` is the name of the scratch database.
    ///
    /// A list of access rights that differs from the built-in one names everybody, so PUBLIC is revoked first.
    private static let sql = """
        WITH spaces AS (
            SELECT n.oid, n.nspname, n.nspowner, n.nspacl, quote_ident(n.nspname) AS object FROM pg_namespace n
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        ), relations AS (
            SELECT c.oid, c.relowner, c.relacl, s.object || '.' || quote_ident(c.relname) AS object,
                CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS word,
                c.relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                    AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')) AS follows
            FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        ), functions AS (
            SELECT p.oid, p.proowner, p.proacl, p.oid::regprocedure::text AS object,
                CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS word
            FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace
        ), this AS (
            SELECT oid, datdba, datacl FROM pg_database WHERE datname = current_database()
        ), rights AS (
            SELECT 'r' AS kind, object, word || ' ' || object AS target, '' AS columns, relowner AS owner, relacl AS acl
            FROM relations
            UNION ALL
            SELECT 'r', object, 'TABLE ' || object, format(' (%I)', attname), relowner, attacl
            FROM relations JOIN pg_attribute ON attrelid = relations.oid WHERE attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT 'n', object, 'SCHEMA ' || object, '', nspowner, nspacl FROM spaces
            UNION ALL
            SELECT 'f', object, word || ' ' || object, '', proowner, proacl FROM functions
            UNION ALL
            SELECT 'd', '', format('DATABASE %I', $1::text), '', datdba, datacl FROM this
        ), defaults AS (
            SELECT defaclrole, defaclacl, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %s', pg_get_userbyid(defaclrole),
                    coalesce('IN SCHEMA ' || spaces.object, '')) AS start, coalesce(spaces.object, '') AS object,
                CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                    WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' END AS word
            FROM pg_default_acl LEFT JOIN spaces ON spaces.oid = defaclnamespace
        ), settings AS (
            SELECT setrole, split_part(line, '=', 1) AS name, substr(line, strpos(line, '=') + 1) AS value
            FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS line WHERE setdatabase = (SELECT oid FROM this)
        )
        SELECT kind, object, sql FROM (
            SELECT 1 AS step, 'n' AS kind, object,
                format('ALTER SCHEMA %s OWNER TO %I', object, pg_get_userbyid(nspowner)) AS sql
            FROM spaces, this WHERE nspowner <> datdba AND nspname <> 'public'
            UNION ALL
            SELECT 2, 'r', object, format('ALTER TABLE %s OWNER TO %I', object, pg_get_userbyid(relowner))
            FROM relations, this WHERE relowner <> datdba AND NOT follows
            UNION ALL
            SELECT 2, 'f', object, format('ALTER %s %s OWNER TO %I', word, object, pg_get_userbyid(proowner))
            FROM functions, this WHERE proowner <> datdba
            UNION ALL
            SELECT 3, kind, object, format('REVOKE ALL ON %s FROM PUBLIC', target)
            FROM rights WHERE acl IS NOT NULL AND columns = ''
            UNION ALL
            SELECT 4, kind, object, format('GRANT %s%s ON %s TO %s%s', privilege_type, columns, target,
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
                CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM rights CROSS JOIN aclexplode(acl) WHERE grantee <> owner
            UNION ALL
            SELECT 5, CASE object WHEN '' THEN 'd' ELSE 'n' END, object, format('%s GRANT %s ON %s TO %s%s', start,
                privilege_type, word, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
                CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM defaults CROSS JOIN aclexplode(defaclacl) WHERE grantee <> defaclrole AND word IS NOT NULL
            UNION ALL
            SELECT 6, 'd', '', format('ALTER %s SET %I TO %s', CASE setrole WHEN 0 THEN format('DATABASE %I', $1::text)
                ELSE format('ROLE %I IN DATABASE %I', pg_get_userbyid(setrole), $1::text) END, name,
                CASE WHEN value <> '' AND name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries',
                    'session_preload_libraries') THEN value ELSE quote_literal(value) END)
            FROM settings
        ) AS found ORDER BY step, sql COLLATE "C"
        """
}

extension PostgresConnection {
    /// Whether there is such an object; of a database there always is.
    fileprivate nonisolated func has(_ kind: String, _ object: String) async throws -> Bool {
        let function = ["r": "to_regclass", "n": "to_regnamespace", "f": "to_regprocedure"][kind]
        guard let function else { return true }
        return try await query("SELECT \(function)($1) IS NOT NULL", [object]).rows.first?.first == "t"
    }
}
