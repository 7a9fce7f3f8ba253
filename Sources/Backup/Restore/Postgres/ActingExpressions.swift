import Postgres

/// What a loaded database calls in defaults, constraints, views and the like that does more than compute a value.
///
/// A dump needs no function of its own for it: `DEFAULT lo_export(…)` writes a file of the server once a superuser adds a
/// row. The server's own trees of the expressions are read, so that no spelling hides a call.
struct ActingExpressions: Sendable {
    /// Of the role that loaded it: nothing of what was loaded may run as anybody else before it is known.
    let settings: PostgresSettings

    /// In words, sorted; empty in a database that only computes.
    func found() async throws -> [String] {
        let connection = PostgresConnection(settings)
        try await connection.connect()
        // What was loaded could have another `pg_proc`.
        try await connection.query("SET search_path TO pg_catalog, pg_temp")
        let rows = try await connection.query(Self.sql).rows
        await connection.close()
        return rows.compactMap { $0[0] }
    }

    /// Columns that only some versions of Postgres have are read from a row's JSON.
    ///
    /// Below 16384 is what came with the server. Functions that change something, or that read beyond the database, are volatile; so are a few that do neither.
    private static let sql = """
        WITH trees (what, oid, tree) AS (
            SELECT format('%s %s', CASE c.relkind WHEN 'v' THEN 'the view' WHEN 'm' THEN 'the view' ELSE 'a rule of' END,
                c.oid::regclass), c.oid, concat(r.ev_action, r.ev_qual)
            FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
            UNION ALL SELECT 'a default or a generated column of ' || adrelid::regclass, adrelid, adbin::text
            FROM pg_attrdef
            UNION ALL SELECT format('the constraint %I', conname), oid, conbin::text FROM pg_constraint
            UNION ALL SELECT 'the index ' || indexrelid::regclass, indexrelid, concat(indexprs, indpred) FROM pg_index
            UNION ALL SELECT format('the policy %I', polname), oid, concat(polqual, polwithcheck) FROM pg_policy
            UNION ALL SELECT 'the type ' || oid::regtype, oid, typdefaultbin::text FROM pg_type
            UNION ALL SELECT 'a partition of ' || partrelid::regclass, partrelid, partexprs::text
            FROM pg_partitioned_table
            UNION ALL SELECT 'the partition ' || oid::regclass, oid, relpartbound::text FROM pg_class
            UNION ALL SELECT format('the statistics %I', stxname), s.oid, to_jsonb(s)->>'stxexprs'
            FROM pg_statistic_ext s
            UNION ALL SELECT format('the trigger %I', tgname), oid, tgqual::text FROM pg_trigger
            UNION ALL SELECT 'the function ' || p.oid::regprocedure, p.oid, to_jsonb(p)->>'prosqlbody' FROM pg_proc p
            UNION ALL SELECT 'a publication of ' || prrelid::regclass, p.oid, to_jsonb(p)->>'prqual'
            FROM pg_publication_rel p
        ), calls (what, called) AS (
            SELECT what, found[1]::oid FROM trees,
                regexp_matches(tree, ':\\w*(?:funcid|fnoid|RangeFunc) (\\d+)', 'g') AS found WHERE oid >= 16384
            UNION SELECT what, o.oprcode::oid FROM trees, regexp_matches(tree, ':opno (\\d+)', 'g') AS found
            JOIN pg_operator o ON o.oid = found[1]::oid WHERE trees.oid >= 16384
        )
        SELECT DISTINCT what || ' calls ' || p.oid::regprocedure FROM calls JOIN pg_proc p ON p.oid = called
        WHERE p.provolatile = 'v' AND NOT (p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN
            ('clock_timestamp', 'gen_random_uuid', 'nextval', 'random', 'timeofday', 'uuidv4', 'uuidv7'))
        ORDER BY 1
        """
}
