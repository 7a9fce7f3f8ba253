package import GRDB
package import Postgres

/// Reads the version of our schema, whoever asks: a store, a reader, a migration or a backup.
enum SchemaVersion {
    static let key = "schema_version"
}

extension Database {
    /// Nil where there is none, or where the table that would say it is another's.
    package func candleSchemaVersion() throws -> Int? {
        let columns = try cachedStatement(
            sql: "SELECT count(*) FROM pragma_table_info('meta') WHERE name IN ('key', 'value')")
        guard try Int.fetchOne(columns) == 2 else { return nil }
        return try Int.fetchOne(
            cachedStatement(sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?"),
            arguments: [SchemaVersion.key])
    }
}

extension PostgresConnection {
    /// Nil where there is none, or where the table that would say it is another's; the transaction goes on either way.
    package func candleSchemaVersion() throws -> Int? { try hasMeta() ? storedVersion() : nil }

    /// As `candleSchemaVersion`, in one query, which ends the transaction where there is no version: for who then ends it, too.
    func candleSchemaVersionOrAbort() throws -> Int? {
        do {
            return try storedVersion()
        } catch let fault as PostgresFault where ["42P01", "42703", "22P02", "42883"].contains(fault.sqlstate) {
            return nil
        }
    }

    private func storedVersion() throws -> Int? {
        let row = try runQuery("SELECT value FROM meta WHERE key::text = $1", [SchemaVersion.key]).rows.first
        return (row?.first ?? nil).flatMap { Int($0) }
    }

    private func hasMeta() throws -> Bool {
        // Not `to_regclass`, which may remember what it saw before another process made the table.
        try runQuery(
            """
            SELECT count(*) = 2 FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
            WHERE c.relname = 'meta' AND c.relkind IN ('r', 'p', 'v') AND pg_table_is_visible(c.oid)
                AND a.attname IN ('key', 'value')
            """
        ).rows.first?.first == "t"
    }
}
