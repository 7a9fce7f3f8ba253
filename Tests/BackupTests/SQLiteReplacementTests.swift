import Backup
import Foundation
import GRDB
import Journal
import Resilience
import Storage
import TestSupport
import Testing

/// Restores where there is no database, or one that SQLite cannot open.
@Suite("SQLite restore in place of a file", .timeLimit(.minutes(2))) struct SQLiteReplacementTests {
    private func stage(_ name: String = "candles.db") async throws -> (stage: RestoreStage, manifest: Manifest) {
        let stage = try RestoreStage(database: name)
        try await stage.fill(50)
        let manifest = try await stage.backUp()
        // So that no log is left.
        try stage.change("PRAGMA journal_mode = DELETE")
        return (stage, manifest)
    }

    @Test func `a missing database and its folder are made, for their owner alone`() async throws {
        let stage = try RestoreStage(database: "new folder/deep/candles.db")
        let other = stage.scratch.path("other.db")
        try stage.shell("sqlite3 other.db 'CREATE TABLE t (x); INSERT INTO t VALUES (1)'")
        let manifest = try await stage.backUp(of: other)
        #expect(try await stage.target().contents() == nil)
        try await stage.replace(with: manifest)
        #expect(try stage.value("SELECT count(*) FROM t") == "1")
        #expect(try stage.files() == ["candles.db"])
        let mode = try FileManager.default.attributesOfItem(atPath: stage.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `a log whose database is missing is moved away, and spoils nothing`() async throws {
        let (stage, manifest) = try await stage()
        let writer = try stage.connection()
        try await writer.writeWithoutTransaction {
            try $0.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; UPDATE candle SET close = 99")
        }
        try stage.shell("mkdir stale; cp candles.db-wal candles.db-shm stale")
        try writer.close()
        try stage.shell("rm candles.db*; cp stale/* .; rm -r stale")
        #expect(try stage.files() == ["candles.db-shm", "candles.db-wal"])
        try await stage.replace(with: manifest)
        #expect(try stage.value("SELECT count(*) FROM candle WHERE close = 99") == "0")
        #expect(try stage.value("PRAGMA integrity_check") == "ok")
        let files = try stage.files()
        #expect(files.count == 3)
        #expect(files.dropFirst().allSatisfy { $0.contains(/^candles\.db\.pre_\d{8}_\d{6}-(shm|wal)$/) }, "\(files)")
    }

    @Test func `a file that is no database is kept under another name, with its rights`() async throws {
        let (stage, manifest) = try await stage("it's 1 \"db\".db")
        let garbage = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0) })
        try garbage.write(to: URL(filePath: stage.path))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: stage.path)
        let damaged = await #expect(throws: BackupFault.self) { try await stage.target().contents() }
        #expect(damaged?.code == "backup-source-damaged")
        try await stage.replace(with: manifest)
        #expect(try stage.candles() == 50)
        let kept = try #require(try stage.files().first { $0.contains(".pre_") })
        #expect(try stage.bytes(stage.scratch.path(kept)) == garbage)
        #expect(try stage.files().count == 2)
        #expect(try FileManager.default.attributesOfItem(atPath: stage.path)[.posixPermissions] as? Int == 0o640)
    }

    @Test func `a database whose pages are damaged is overwritten where it lies`() async throws {
        let (stage, manifest) = try await stage()
        let file = try FileHandle(forUpdating: URL(filePath: stage.path))
        for page in 1..<5 {
            try file.seek(toOffset: UInt64(page * 4096))
            try file.write(contentsOf: Data(repeating: 0xa5, count: 4096))
        }
        try file.close()
        try await stage.replace(with: manifest)
        #expect(try stage.candles() == 50)
        #expect(try stage.files() == ["candles.db"])
    }

    @Test func `a file that cannot be opened is not moved while a program has it open`() async throws {
        let (stage, manifest) = try await stage()
        try Data(repeating: 7, count: 9000).write(to: URL(filePath: stage.path))
        let before = try stage.bytes()
        let holder = try FileHandle(forReadingFrom: URL(filePath: stage.path))
        let fault = await #expect(throws: RestoreFault.self) { try await stage.replace(with: manifest) }
        try holder.close()
        guard case .inUse(let path, let processes) = fault else {
            Issue.record("in use expected: \(String(describing: fault))")
            return
        }
        #expect(path == stage.path)
        #expect(processes.contains { $0.hasSuffix("(process \(ProcessInfo.processInfo.processIdentifier))") })
        #expect(try stage.bytes() == before)
        #expect(try stage.files() == ["candles.db"])
    }

    @Test func `what was moved away comes back where the new file does not stand`() async throws {
        let (stage, manifest) = try await stage()
        try Data(repeating: 7, count: 9000).write(to: URL(filePath: stage.path))
        try Data(repeating: 8, count: 100).write(to: URL(filePath: stage.path + "-wal"))
        let target = stage.target()
        let fault = await #expect(throws: RestoreFault.self) {
            try await target.replace(with: stage.archive(manifest)) { event in
                guard case .restoring(let step) = event, step.hasPrefix("comparing") else { return }
                do { try stage.change("DELETE FROM candle") } catch { Issue.record(error) }
            }
        }
        #expect(fault?.code == "restore-rolled-back")
        // Whoever looks at a log makes its index.
        #expect(try stage.files().filter { !$0.hasSuffix("-shm") } == ["candles.db", "candles.db-wal"])
        #expect(try stage.bytes() == Data(repeating: 7, count: 9000))
        #expect(try stage.bytes(stage.path + "-wal") == Data(repeating: 8, count: 100))
    }

    @Test func `a link stays a link, also where it leads to nothing`() async throws {
        let stage = try RestoreStage()
        try stage.shell("mkdir disk; ln -s disk/real.db candles.db; ln -s disk linked")
        try await stage.fill(20)
        let manifest = try await stage.backUp()
        #expect(manifest.database.hasSuffix("/disk/real.db"))
        try stage.shell("rm disk/*")
        let target = stage.target()
        #expect(target.database == manifest.database)
        #expect(target.name == "real.db")
        #expect(DatabaseLocation.sqlite(path: stage.scratch.path("linked/real.db")).identity == manifest.database)
        try await stage.replace(with: manifest)
        try stage.shell("test -L candles.db; test -f disk/real.db")
        #expect(try stage.candles() == 20)
    }

    @Test func `a restore and a writer keep each other out`() async throws {
        let (stage, _) = try await stage()
        let target = stage.target()
        let writer = try stage.journal.lockWriters(of: target.database, exclusive: false)
        let fault = await #expect(throws: JournalFault.self) { try await target.withoutWriters { () } }
        #expect(fault?.code == "lock-busy")
        writer.release()
        try await target.withoutWriters {
            _ = #expect(throws: JournalFault.self) {
                try stage.journal.lockWriters(of: target.database, exclusive: false)
            }
        }
        try stage.journal.lockWriters(of: target.database, exclusive: false).release()
    }

    @Test func `what a dead restore left is removed, and what a living one uses stays`() async throws {
        let (stage, _) = try await stage()
        try stage.shell(
            "mkdir .candles.db.restore-1f; echo half > .candles.db.restore-1f/new.db; echo x > .candles.db.restored")
        try stage.shell("mkdir .candles.db.restore-2a")
        // A person's own, by its name or by what lies in it.
        try stage.shell(
            "mkdir .candles.db.restore-keep-this .candles.db.restore-cafe; echo x > .candles.db.restore-cafe/thesis.tex"
        )
        let holder = Process()
        let (input, printed) = (Pipe(), Pipe())
        holder.executableURL = URL(filePath: "/usr/bin/env")
        holder.arguments = ["flock", stage.scratch.path(".candles.db.restore-2a"), "sh", "-c", "echo held; cat"]
        holder.standardInput = input
        holder.standardOutput = printed
        try holder.run()
        #expect(String(decoding: printed.fileHandleForReading.availableData, as: UTF8.self) == "held\n")
        #expect(try await stage.target().clean() == [".candles.db.restore-1f"])
        try input.fileHandleForWriting.close()
        holder.waitUntilExit()
        #expect(try await stage.target().clean() == [".candles.db.restore-2a"])
        #expect(
            try stage.files() == [
                ".candles.db.restore-cafe", ".candles.db.restore-keep-this", ".candles.db.restored", "candles.db",
            ])
    }
}
