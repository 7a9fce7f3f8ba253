internal import GRDB

/// Brings the schema of one SQLite file up to date.
struct SQLiteMigrator {
    let path: String
    let queue: DatabaseQueue
    let migrations: [Migration]

    /// - Throws: `StorageFault`, or `DatabaseError`. All steps are one transaction.
    func run(readOnly: Bool, backup: MigrationBackup) throws {
        if try queue.read(plan).steps.isEmpty { return }
        if readOnly { throw StorageFault.readOnly(database: path) }
        try queue.write { db in
            // Another process may have been quicker between our look and our lock.
            let plan = try plan(db)
            if case .required = backup, !plan.steps.isEmpty, try holdsCandles(db) {
                throw StorageFault.migrationNeedsBackup(plan, of: path)
            }
            for step in plan.steps {
                try db.execute(sql: step.sql)
                try db.execute(
                    sql: "INSERT INTO meta VALUES ('schema_version', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1",
                    arguments: [String(step.version)])
            }
        }
    }

    private func plan(_ db: Database) throws -> MigrationPlan {
        try MigrationPlan(found: db.schemaVersion(), migrations: migrations, database: path)
    }

    private func holdsCandles(_ db: Database) throws -> Bool {
        guard try db.hasTable("candle") else { return false }
        return try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM candle)") ?? false
    }
}
