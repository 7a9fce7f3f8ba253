import Candles
import Postgres

/// What a Postgres database says of itself.
enum PostgresContents {
    static func serverVersion(_ connection: PostgresConnection) async throws -> PostgresVersion {
        let number = try await connection.query("SHOW server_version_num").rows[0][0]
        return PostgresVersion(number: number) ?? PostgresVersion(major: 0, minor: 0)
    }

    /// Of this program's schema; nil where it is not there.
    static func schemaVersion(_ connection: PostgresConnection) async throws -> Int? {
        try await value("SELECT value FROM meta WHERE key = 'schema_version'", connection).flatMap { Int($0) }
    }

    /// Tells it from another that takes its place; nil in a database of an older schema, or of somebody else.
    static func databaseID(_ connection: PostgresConnection) async throws -> String? {
        try await value("SELECT value FROM meta WHERE key = 'database_id'", connection)
    }

    /// Open time of the newest candle.
    static func newestCandle(_ connection: PostgresConnection) async throws -> String? {
        try await value("SELECT unix_ms(max(last_open)) FROM series_stats", connection).flatMap { Int64($0) }?.iso8601
    }

    /// What the role that is connected could not create again, in words; empty for a superuser.
    ///
    /// Columns that only some versions of Postgres have are read from a row's JSON.
    static func unrestorable(_ connection: PostgresConnection) async throws -> [String] {
        try await connection.query(
            """
            SELECT found.what FROM (
                SELECT format('the extension "%s"', e.extname) AS what FROM pg_extension e
                LEFT JOIN pg_available_extensions a ON a.name = e.extname
                LEFT JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
                WHERE e.extname <> 'plpgsql' AND (v.name IS NULL
                    OR v.superuser AND NOT coalesce((to_jsonb(v)->>'trusted')::boolean, false))
                UNION ALL
                SELECT format('the event trigger "%s"', evtname) FROM pg_event_trigger t
                WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass
                    AND d.objid = t.oid AND d.deptype = 'e')
                UNION ALL
                SELECT format('the function %s in the language %s', p.oid::regprocedure, l.lanname) FROM pg_proc p
                JOIN pg_language l ON l.oid = p.prolang JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE NOT l.lanpltrusted AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                        AND d.objid = p.oid AND d.deptype = 'e')
                UNION ALL
                SELECT format('the foreign data wrapper "%s"', fdwname) FROM pg_foreign_data_wrapper f
                WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_foreign_data_wrapper'::regclass
                    AND d.objid = f.oid AND d.deptype = 'e')
                UNION ALL
                SELECT format('the publication "%s" of all tables', pubname) FROM pg_publication WHERE puballtables
            ) AS found
            WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) ORDER BY 1
            """
        ).rows.compactMap { $0[0] }
    }

    /// Nil also where the table or what it should have is missing: it may be somebody else's, with the same name.
    private static func value(_ sql: String, _ connection: PostgresConnection) async throws -> String? {
        do {
            return try await connection.query(sql).rows.first?[0]
        } catch PostgresFault.server(let sqlstate, _, _) where ["42P01", "42703", "42883"].contains(sqlstate) {
            return nil
        }
    }
}
