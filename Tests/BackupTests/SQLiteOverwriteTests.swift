import Backup
import Foundation
import GRDB
import Resilience
import Storage
import TestSupport
import Testing

/// Restores into a database that is there, also while others have it open.
@Suite("SQLite restore into a live file", .timeLimit(.minutes(2))) struct SQLiteOverwriteTests {
    /// Fifty candles, backed up, of which forty are gone now.
    private func damagedStage(_ journalMode: String = "wal") async throws -> (stage: RestoreStage, manifest: Manifest) {
        let stage = try RestoreStage()
        try await stage.fill(50)
        try stage.change("PRAGMA journal_mode = \(journalMode)")
        let manifest = try await stage.backUp()
        try stage.change("DELETE FROM candle WHERE open_time >= 600000; UPDATE candle SET close = 99")
        return (stage, manifest)
    }

    @Test(arguments: ["wal", "delete"])
    func `an idle connection sees the restored rows, and can write`(journalMode: String) async throws {
        let (stage, manifest) = try await damagedStage(journalMode)
        let reader = try stage.connection()
        #expect(try await reader.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM candle") } == 10)
        try await stage.replace(with: manifest)
        #expect(try await reader.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM candle") } == 50)
        try await reader.write { try $0.execute(sql: "DELETE FROM candle WHERE open_time = 0") }
        try reader.close()
        #expect(try stage.candles() == 49)
        #expect(try stage.value("PRAGMA integrity_check") == "ok")
        #expect(try stage.value("SELECT count(*) FROM candle WHERE close = 99") == "0")
    }

    @Test(arguments: ["wal", "delete"], ["wal", "delete"])
    func `the journal mode stays the live file's`(live: String, copied: String) async throws {
        let (stage, _) = try await damagedStage(copied)
        try stage.shell("gzip -c candles.db > copy.gz")
        try stage.change("PRAGMA journal_mode = \(live); DELETE FROM candle")
        let archive = RestoreArchive(path: stage.scratch.path("copy.gz"), manifest: nil)
        try await stage.target().replace(with: archive, emit: stage.note)
        #expect(try stage.value("PRAGMA journal_mode") == live)
        #expect(try stage.candles() == 10)
        #expect(try stage.files() == ["candles.db", "copy.gz"])
    }

    @Test func `a reader in a transaction keeps its moment, and then sees the restored rows`() async throws {
        let (stage, manifest) = try await damagedStage()
        let reader = try stage.connection()
        try await reader.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN")
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM candle") == 10)
        }
        try await stage.replace(with: manifest)
        try await reader.writeWithoutTransaction { db in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM candle") == 10)
            try db.execute(sql: "COMMIT")
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM candle") == 50)
        }
        try reader.close()
    }

    @Test(arguments: ["wal", "delete"])
    func `a writer in a transaction makes it busy, and nothing is changed`(journalMode: String) async throws {
        let (stage, manifest) = try await damagedStage(journalMode)
        let writer = try stage.connection()
        try await writer.writeWithoutTransaction {
            try $0.execute(sql: "BEGIN IMMEDIATE; DELETE FROM candle WHERE open_time = 0")
        }
        let before = try stage.bytes()
        let fault = await #expect(throws: StorageFault.self) {
            try await stage.replace(with: manifest, busyTimeout: 0.1)
        }
        #expect(fault?.code == "database-busy")
        #expect(try stage.bytes() == before)
        try await writer.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try writer.close()
        #expect(try stage.candles() == 9)
        #expect(try stage.files() == ["candles.db"])
    }

    @Test func `a reader in a transaction makes a file without a log busy`() async throws {
        let (stage, manifest) = try await damagedStage("delete")
        let reader = try stage.connection()
        try await reader.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN")
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM candle")
        }
        await #expect(throws: StorageFault.busy(database: stage.path)) {
            try await stage.replace(with: manifest, busyTimeout: 0.1)
        }
        try reader.close()
        #expect(try stage.candles() == 10)
    }

    @Test(arguments: ["wal", "delete"])
    func `a backup of another page size goes in while the file is open`(journalMode: String) async throws {
        let (stage, _) = try await damagedStage(journalMode)
        let other = stage.scratch.path("other.db")
        try stage.shell("sqlite3 candles.db 'PRAGMA page_size = 16384' \"VACUUM INTO 'other.db'\"")
        #expect(try stage.value("PRAGMA page_size", of: other) == "16384")
        let manifest = try await stage.backUp(of: other)
        try stage.change("DELETE FROM candle")
        let reader = try stage.connection()
        #expect(try await reader.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM candle") } == 0)
        try await stage.replace(with: manifest)
        #expect(try await reader.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM candle") } == 10)
        try reader.close()
        #expect(try stage.value("PRAGMA page_size") == (journalMode == "wal" ? "4096" : "16384"))
        #expect(try stage.value("PRAGMA integrity_check") == "ok")
    }

    @Test func `an older schema is migrated before it goes in`() async throws {
        let stage = try RestoreStage()
        try await stage.fill(20, migrations: Migration.sqlite.dropLast())
        let manifest = try await stage.backUp()
        #expect(manifest.schemaVersion == Migration.sqlite.count - 1)
        try stage.shell("rm candles.db*")
        try await stage.fill(3)
        try await stage.replace(with: manifest)
        #expect(try stage.value("SELECT value FROM meta WHERE key = 'schema_version'") == "\(Migration.sqlite.count)")
        #expect(try stage.candles() == 20)
    }

    @Test func `a database that is not of this program is restored as it is`() async throws {
        let stage = try RestoreStage(database: "it's \"mine\" 1.db")
        try stage.change("CREATE TABLE notes (text); INSERT INTO notes VALUES ('one'), ('two')")
        let manifest = try await stage.backUp()
        try stage.change("DROP TABLE notes")
        try await stage.replace(with: manifest)
        #expect(try stage.value("SELECT count(*) FROM notes") == "2")
        #expect(try stage.files() == ["it's \"mine\" 1.db"])
    }

    @Test func `what differs from its manifest is not restored`() async throws {
        var (stage, manifest) = try await damagedStage()
        let before = try stage.bytes()
        for index in manifest.tables.indices where manifest.tables[index].name == "candle" {
            manifest.tables[index].sum = "0"
        }
        let fault = await #expect(throws: RestoreFault.self) { try await stage.replace(with: manifest) }
        #expect(fault?.code == "restore-rolled-back")
        #expect(fault?.summary.contains("candle has other values") == true)
        manifest.raw.sha256 = String(repeating: "0", count: 64)
        await #expect(throws: RestoreFault.self) { try await stage.replace(with: manifest) }
        #expect(try stage.bytes() == before)
        #expect(try stage.files() == ["candles.db"])
    }

    @Test func `a row that changes behind the comparison brings the old content back`() async throws {
        let (stage, manifest) = try await damagedStage()
        let target = stage.target()
        let fault = await #expect(throws: RestoreFault.self) {
            try await target.replace(with: stage.archive(manifest)) { event in
                guard case .restoring(let step) = event, step.hasPrefix("comparing") else { return }
                do { try stage.change("UPDATE candle SET volume = 7 WHERE open_time = 0") } catch {
                    Issue.record(error)
                }
            }
        }
        #expect(fault?.code == "restore-rolled-back")
        #expect(try stage.value("SELECT count(*) FROM candle WHERE close = 99") == "10")
        #expect(try stage.files() == ["candles.db"])
    }

    @Test func `what cannot be brought back is kept, with the command that brings it back`() async throws {
        let (stage, manifest) = try await damagedStage()
        let writer = try stage.connection()
        let target = stage.target(busyTimeout: 0.1)
        let fault = await #expect(throws: RestoreFault.self) {
            try await target.replace(with: stage.archive(manifest)) { event in
                guard case .restoring(let step) = event else { return }
                do {
                    if step.hasPrefix("comparing") { try stage.change("DELETE FROM candle WHERE open_time = 0") }
                    if step.hasPrefix("putting") {
                        try writer.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
                    }
                } catch {
                    Issue.record(error)
                }
            }
        }
        try writer.close()
        guard case .notRolledBack(_, let cause, let commands) = fault else {
            Issue.record("not rolled back expected: \(String(describing: fault))")
            return
        }
        #expect(cause.contains("candle has 49 rows instead of 50; then: 5 (database is locked)"))
        #expect(try stage.candles() == 49)
        for command in commands { try stage.shell(command) }
        #expect(try stage.value("SELECT count(*) FROM candle WHERE close = 99") == "10")
    }

    @Test func `a restore that is cancelled while it compares brings the old content back`() async throws {
        let (stage, manifest) = try await damagedStage()
        let target = stage.target()
        await withTaskGroup(of: (any Error)?.self) { group in
            let (reached, arrive) = AsyncStream.makeStream(of: Void.self)
            group.addTask {
                do {
                    try await target.replace(with: stage.archive(manifest)) { event in
                        guard case .restoring(let step) = event, step.hasPrefix("comparing") else { return }
                        arrive.finish()
                        while !Task.isCancelled {}
                    }
                    return nil
                } catch {
                    return error
                }
            }
            for await _ in reached {}
            group.cancelAll()
            for await ending in group { #expect(ending is CancellationError) }
        }
        #expect(try stage.value("SELECT count(*) FROM candle WHERE close = 99") == "10")
        #expect(try stage.files() == ["candles.db"])
    }

    @Test func `a journal that a killed writer left is no obstacle`() async throws {
        let stage = try RestoreStage()
        try await stage.fill(5000)
        try stage.change("PRAGMA journal_mode = DELETE")
        let manifest = try await stage.backUp()
        try stage.shell(
            """
            cp candles.db killed.db
            sqlite3 killed.db 'PRAGMA cache_size = 1' 'PRAGMA cache_spill = 1' 'BEGIN' 'UPDATE candle SET close = 5' \
                '.shell cp killed.db candles.db' '.shell cp killed.db-journal candles.db-journal'
            """)
        var configuration = Configuration()
        configuration.readonly = true
        #expect(throws: DatabaseError.self) { try DatabaseQueue(path: stage.path, configuration: configuration) }
        #expect(try await stage.target().contents()?.tables["candle"] == 5000)
        try await stage.replace(with: manifest)
        #expect(try stage.value("SELECT count(*) FROM candle WHERE close = 5") == "0")
    }
}
