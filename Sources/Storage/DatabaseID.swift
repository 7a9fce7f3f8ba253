internal import GRDB
import Postgres

/// Tells a database from another that took its name or its file: a random text in `meta`.
///
/// The migration makes it, and each restore makes a new one, so that what a job knew of the database before is known to be void.
package enum DatabaseID {
    /// The SQL that reads it; no row in a database of an older schema.
    package static let select = "SELECT value FROM meta WHERE key = 'database_id'"

    /// The SQL that a restore runs in the database that it made, before that takes its place.
    package static let renewInPostgres =
        "UPDATE meta SET value = replace(gen_random_uuid()::text, '-', '') WHERE key = 'database_id'"
    package static let renewInSQLite = "UPDATE meta SET value = lower(hex(randomblob(16))) WHERE key = 'database_id'"
}

extension PostgresConnection {
    /// Nil in a database of an older schema.
    ///
    /// - Throws: `StorageFault.replaced` where `database` holds nothing of ours any more.
    func databaseID(in database: String) throws -> String? {
        do {
            return try runQuery(DatabaseID.select).rows.first?.first ?? nil
        } catch let fault as PostgresFault where fault.sqlstate == "42P01" {
            throw StorageFault.replaced(database: database)
        }
    }
}

extension Database {
    /// Nil in a database of an older schema.
    func databaseID() throws -> String? { try String.fetchOne(cachedStatement(sql: DatabaseID.select)) }
}
