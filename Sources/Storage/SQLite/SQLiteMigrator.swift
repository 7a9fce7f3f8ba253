import Foundation
internal import GRDB

/// Brings the schema of one SQLite file up to date.
struct SQLiteMigrator {
    let path: String
    let queue: DatabaseQueue
    let migrations: [Migration]

    /// - Throws: `StorageFault`, or `DatabaseError`. Each step is a transaction of its own.
    func run(readOnly: Bool, backup: MigrationBackup) throws {
        let plan = try queue.read(plan)
        if plan.steps.isEmpty { return }
        if readOnly { throw StorageFault.readOnly(database: path) }
        if case .required = backup, try queue.read(holdsCandles) { try copyBesideDatabase(before: plan) }
        for step in plan.steps {
            try queue.write { db in
                // Another process may have been quicker between our look and our lock.
                if try version(db) >= step.version { return }
                try db.execute(sql: step.sql)
                try db.execute(
                    sql: "INSERT INTO meta VALUES ('schema_version', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1",
                    arguments: [String(step.version)])
            }
        }
    }

    private func plan(_ db: Database) throws -> MigrationPlan {
        try MigrationPlan(found: version(db), migrations: migrations, database: path)
    }

    private func version(_ db: Database) throws -> Int {
        guard try db.tableExists("meta") else { return 0 }
        return try Int.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'schema_version'") ?? 0
    }

    private func holdsCandles(_ db: Database) throws -> Bool {
        guard try db.tableExists("candle") else { return false }
        return try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM candle)") ?? false
    }

    /// SQLite's online backup into a new file, checked by SQLite itself and by its number of rows.
    private func copyBesideDatabase(before plan: MigrationPlan) throws {
        let copy = path + ".before-schema-\(plan.known)"
        let unfinished = copy + ".partial"
        do {
            try? FileManager.default.removeItem(atPath: unfinished)  // A leftover of a killed run, or nothing.
            let target = try DatabaseQueue(path: unfinished)
            try queue.backup(to: target)
            let same = try target.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                return try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok"
                    && Int.fetchOne(db, sql: "SELECT count(*) FROM candle")
                        == queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM candle") }
            }
            try target.close()
            guard same else {
                throw StorageFault.backupFailed(path: copy, reason: "the copy differs from the database")
            }
            _ = try FileManager.default.replaceItemAt(URL(filePath: copy), withItemAt: URL(filePath: unfinished))
        } catch let fault as StorageFault {
            throw fault
        } catch {
            throw StorageFault.backupFailed(path: copy, reason: "\(error)")
        }
    }
}
