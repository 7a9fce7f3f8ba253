/// One numbered step of the schema, applied in one transaction with the other steps that are due.
package struct Migration: Sendable, Equatable {
    package let version: Int
    package let sql: String

    package init(version: Int, sql: String) {
        self.version = version
        self.sql = sql
    }

    package static let sqlite = [
        Migration(version: 1, sql: String(decoding: PackageResources.sqlite_001_candles_sql, as: UTF8.self)),
        Migration(version: 2, sql: String(decoding: PackageResources.sqlite_002_realtime_sql, as: UTF8.self)),
        Migration(version: 3, sql: String(decoding: PackageResources.sqlite_003_database_id_sql, as: UTF8.self)),
        Migration(version: 4, sql: String(decoding: PackageResources.sqlite_004_history_sql, as: UTF8.self)),
    ]
    package static let postgres = [
        Migration(version: 1, sql: String(decoding: PackageResources.postgres_001_candles_sql, as: UTF8.self)),
        Migration(version: 2, sql: String(decoding: PackageResources.postgres_002_realtime_sql, as: UTF8.self)),
        Migration(version: 3, sql: String(decoding: PackageResources.postgres_003_database_id_sql, as: UTF8.self)),
        Migration(version: 4, sql: String(decoding: PackageResources.postgres_004_history_sql, as: UTF8.self)),
    ]
}

/// What to do about rows that a migration could harm.
package enum MigrationBackup: Sendable {
    /// Stop before a database that holds candles: it must be backed up first.
    case required
    /// There is a backup, or the user wants none.
    case waived
}

/// The steps from the schema that is there to the one that this program knows.
package struct MigrationPlan: Sendable, Equatable {
    package let steps: [Migration]
    package let found: Int
    package let known: Int

    /// - Throws: `StorageFault.schemaNewer`.
    package init(found: Int, migrations: [Migration], database: String) throws(StorageFault) {
        known = migrations.last?.version ?? 0
        self.found = found
        if found > known { throw .schemaNewer(database: database, found: found, known: known) }
        steps = migrations.filter { $0.version > found }
    }
}

extension [Migration] {
    /// Holds a database that may not be migrated to the schema that these steps lead to; `found` is 0 where it has none.
    ///
    /// - Throws: `StorageFault.notThere`, `.schemaOlder`, `.schemaNewer`.
    func check(found: Int, database: String) throws(StorageFault) {
        if found == 0 { throw .notThere(database: database) }
        let plan = try MigrationPlan(found: found, migrations: self, database: database)
        if !plan.steps.isEmpty { throw .schemaOlder(database: database, found: found, known: plan.known) }
    }
}
