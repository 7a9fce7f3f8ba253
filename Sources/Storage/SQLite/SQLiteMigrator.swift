import Foundation
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
            // Nobody writes between the copy and the migration, since the copy is made under the write lock.
            if case .required = backup, !plan.steps.isEmpty, try holdsCandles(db) {
                try copyBesideDatabase(before: plan)
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
        try MigrationPlan(found: version(db), migrations: migrations, database: path)
    }

    private func version(_ db: Database) throws -> Int {
        guard try hasTable("meta", db) else { return 0 }
        return try Int.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'schema_version'") ?? 0
    }

    private func holdsCandles(_ db: Database) throws -> Bool {
        guard try hasTable("candle", db) else { return false }
        return try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM candle)") ?? false
    }

    /// Not GRDB's `tableExists`, which remembers what it saw before another process made the table.
    private func hasTable(_ name: String, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?)", arguments: [name]
        ) ?? false
    }

    /// SQLite's online backup into a new file, checked by SQLite itself and by its number of rows.
    private func copyBesideDatabase(before plan: MigrationPlan) throws {
        let copy = path + ".before-schema-\(plan.known)"
        let unfinished = copy + ".partial"
        remove(unfinished)  // A leftover of a killed run, or nothing.
        do {
            guard try copyIsSame(unfinished) else {
                throw StorageFault.backupFailed(path: copy, reason: "the copy differs from the database")
            }
            remove(copy)
            try FileManager.default.moveItem(atPath: unfinished, toPath: copy)
        } catch {
            remove(unfinished)
            throw error as? StorageFault ?? StorageFault.backupFailed(path: copy, reason: "\(error)")
        }
    }

    /// Reads through a connection of its own, since ours holds the write lock, under which SQLite copies nothing.
    private func copyIsSame(_ file: String) throws -> Bool {
        var configuration = Configuration()
        configuration.readonly = true
        let source = try DatabaseQueue(path: path, configuration: configuration)
        let target = try DatabaseQueue(path: file)
        try source.backup(to: target)
        let same = try target.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
            return try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok"
                && Int.fetchOne(db, sql: "SELECT count(*) FROM candle")
                    == source.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM candle") }
        }
        try target.close()
        try source.close()
        return same
    }

    /// Removes a database file and what SQLite keeps beside it; what is not there needs no removing.
    private func remove(_ file: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
    }
}
