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
            if !plan.steps.isEmpty { try ensureOurs(plan, db) }
            if case .required = backup, !plan.steps.isEmpty, try holdsCandles(db) {
                throw StorageFault.migrationNeedsBackup(plan, of: path)
            }
            for step in plan.steps {
                try perform(step, db)
                try db.execute(
                    sql: "INSERT INTO meta VALUES ('schema_version', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1",
                    arguments: [String(step.version)])
            }
        }
    }

    /// - Throws: `StorageFault.notOurs` rather than `.schemaNewer` where a table that no version lacks is another's.
    private func plan(_ db: Database) throws -> MigrationPlan {
        let found = try db.candleSchemaVersion() ?? 0
        if found > migrations.last?.version ?? 0, let fault = try db.foreignness(of: path, only: "series") {
            throw fault
        }
        return try MigrationPlan(found: found, migrations: migrations, database: path)
    }

    private func ensureOurs(_ plan: MigrationPlan, _ db: Database) throws {
        if let fault = try db.foreignness(of: path) { throw fault }
        let taken = try db.relations(named: SchemaShape.names(madeAfter: plan.found))
        if !taken.isEmpty { throw StorageFault.notOurs(database: path, problems: SchemaShape.taken(taken)) }
    }

    private func perform(_ step: Migration, _ db: Database) throws {
        do {
            try db.execute(sql: step.sql)
        } catch let error as DatabaseError where error.message?.contains(" already ") == true {
            throw StorageFault.notOurs(database: path, problems: [error.message ?? ""])
        }
    }

    private func holdsCandles(_ db: Database) throws -> Bool {
        guard try db.hasTable("candle") else { return false }
        return try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM candle)") ?? false
    }
}
