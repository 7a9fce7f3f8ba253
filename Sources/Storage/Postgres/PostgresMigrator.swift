import Postgres

/// Brings the schema of one Postgres database up to date.
struct PostgresMigrator {
    let database: String
    let connection: PostgresConnection
    let migrations: [Migration]

    /// - Throws: `StorageFault.schemaNewer`, `.migrationNeedsBackup`, `.notOurs`, `PostgresFault`. All steps are one transaction.
    func run(backup: MigrationBackup) async throws {
        do {
            let plan = try await connection.transaction { try self.plan($0) }
            if plan.steps.isEmpty { return }
            let names = try SchemaShape.names(madeAfter: 0)
            try await connection.transaction { try self.migrate($0, backup, naming: names) }
        } catch let fault as PostgresFault where fault.isTaken {
            throw StorageFault.notOurs(database: database, problems: [fault.message])
        }
    }

    private func migrate(
        _ connection: isolated PostgresConnection, _ backup: MigrationBackup, naming names: [String]
    ) throws {
        // Another process may be migrating at this moment.
        try connection.runQuery("SELECT pg_advisory_xact_lock(hashtextextended('cryptotrader migration', 0))")
        let plan = try self.plan(connection)
        if !plan.steps.isEmpty { try ensureOurs(connection, plan, naming: names) }
        try connection.runScript("CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value text NOT NULL)")
        if case .required = backup, plan.found > 0, !plan.steps.isEmpty,
            try connection.runQuery("SELECT 1 FROM candle LIMIT 1").rows.count > 0
        {
            throw StorageFault.migrationNeedsBackup(plan, of: database)
        }
        for step in plan.steps {
            try connection.runScript(step.sql)
            try connection.runQuery(
                """
                INSERT INTO meta VALUES ('schema_version', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value
                """, [String(step.version)])
        }
    }

    private func ensureOurs(
        _ connection: isolated PostgresConnection, _ plan: MigrationPlan, naming names: [String]
    ) throws {
        if plan.found > 0, let fault = try connection.foreignness(of: database) { throw fault }
        let new = plan.found == 0 ? names : try SchemaShape.names(madeAfter: plan.found)
        let taken = try connection.taken(new, functions: plan.found == 0)
        if !taken.isEmpty { throw StorageFault.notOurs(database: database, problems: SchemaShape.taken(taken)) }
    }

    /// - Throws: `StorageFault.notOurs` rather than `.schemaNewer` where a table that no version lacks is another's.
    private func plan(_ connection: isolated PostgresConnection) throws -> MigrationPlan {
        let found = try connection.candleSchemaVersion() ?? 0
        if found > migrations.last?.version ?? 0, let fault = try connection.foreignness(of: database, only: "series") {
            throw fault
        }
        return try MigrationPlan(found: found, migrations: migrations, database: database)
    }
}
