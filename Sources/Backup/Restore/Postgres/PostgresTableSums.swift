package import Postgres

/// Reads the tables of a database as `pg_dump` does.
package struct PostgresTableSums: Sendable {
    let settings: PostgresSettings

    package init(settings: PostgresSettings) { self.settings = settings }

    /// Every table with the sum of its rows, equal to what a scan of its dump gives; all of one moment.
    package func sums() async throws -> [TableSum] {
        try await reading { connection in
            try Self.names(connection).map { name in
                var sums = LineSums()
                try connection.copyOut("COPY \(name) TO STDOUT", deadline: nil) { row in
                    sums.add(row.extracting(..<(row.count - 1)))
                }
                return sums.table(named: name)
            }
        }
    }

    /// Every table with its exact number of rows.
    package func counts() async throws -> [String: Int] {
        try await reading { connection in
            var counts: [String: Int] = [:]
            for name in try Self.names(connection) {
                let rows = try connection.runQuery("SELECT count(*) FROM ONLY \(name)", deadline: nil).rows
                counts[name] = Int((rows.first?.first ?? nil) ?? "")
            }
            return counts
        }
    }

    func names() async throws -> [String] { try await reading { try Self.names($0) } }

    private func reading<T: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> T
    ) async throws -> T {
        let connection = PostgresConnection(settings)
        try await connection.connect()
        try await connection.withoutTimeouts()
        let value = try await connection.transaction { connection in
            try connection.runScript(Self.session)
            return try body(connection)
        }
        await connection.close()
        return value
    }

    /// What `pg_dump` sets before it reads, and what our dumps are made with.
    private static let session = """
        SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
        SET TimeZone TO 'UTC'; SET DateStyle TO 'ISO'; SET IntervalStyle TO 'postgres'; SET extra_float_digits TO 3;
        SET bytea_output TO hex;
        SET row_security TO off; SET search_path TO ''
        """

    /// Schema and table, quoted where needed: ordinary tables of users, not those that come with an extension.
    private static func names(_ connection: isolated PostgresConnection) throws -> [String] {
        try connection.runQuery(
            """
            SELECT format('%I.%I', n.nspname, c.relname) COLLATE "C" FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND c.relpersistence <> 't'
                AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                        AND c.oid <> ALL (coalesce(e.extconfig, '{}')))
            ORDER BY 1
            """
        ).rows.compactMap { $0[0] }
    }
}
