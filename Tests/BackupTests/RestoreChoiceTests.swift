import Backup
import Foundation
import Gzip
import Resilience
import Storage
import TestSupport
import Testing

/// Which file a restore takes, and which it refuses.
@Suite("Restore choice", .timeLimit(.minutes(2))) struct RestoreChoiceTests {
    private func stage() async throws -> (stage: RestoreStage, manifest: Manifest) {
        let stage = try RestoreStage()
        try await stage.fill(50)
        let manifest = try await stage.backUp()
        try stage.change("DELETE FROM candle WHERE open_time >= 600000")
        return (stage, manifest)
    }

    /// Restores a file, and expects that it is refused with the database's file as it was.
    private func refusal(
        of file: String?, on stage: RestoreStage, allowsUnverified: Bool = false
    ) async throws -> String? {
        let before = try stage.bytes()
        let fault = await #expect(throws: (any Error).self) {
            try await stage.restore {
                $0.file = file
                $0.allowsUnverified = allowsUnverified
            }
        }
        #expect(try stage.bytes() == before)
        return (fault as? any Fault)?.code
    }

    @Test func `a backup under suspicion is taken only where it is named`() async throws {
        let (stage, good) = try await stage()
        let suspicious = try await stage.backUp()
        #expect(suspicious.suspicion != nil)
        #expect(try await stage.restore { $0.isDryRun = true }.plan.manifest?.file == good.file)
        #expect(try await stage.restore { $0.file = suspicious.file }.ending == .restored)
        #expect(try stage.candles() == 10)
    }

    @Test func `a backup may be named by its path, also in another folder`() async throws {
        let (stage, manifest) = try await stage()
        try stage.shell("mkdir 'a b'; mv backups/sqlite_* 'a b'; ln -s 'a b/\(manifest.file)' link.gz")
        for path in ["a b/" + manifest.file, "link.gz"] {
            try stage.change("DELETE FROM candle")
            try await stage.restore { $0.file = stage.scratch.path(path) }
            #expect(try stage.candles() == 50)
        }
    }

    @Test func `backups of another database are named, and taken only where a person says so`() async throws {
        let (stage, _) = try await stage()
        try stage.shell("mv backups aside; mkdir backups; sqlite3 other.db 'CREATE TABLE t (x)'")
        let other = try await stage.backUp(of: stage.scratch.path("other.db"))
        let fault = await #expect(throws: BackupFault.self) { try await stage.restore() }
        #expect(fault?.code == "backup-of-others")
        #expect(fault?.summary.contains(other.database) == true)
        try await stage.restore { $0.file = other.file }
        #expect(try stage.value("SELECT count(*) FROM sqlite_master WHERE name = 't'") == "1")
    }

    @Test func `an empty folder, and a name that is not there, say so`() async throws {
        let (stage, _) = try await stage()
        #expect(try await refusal(of: "sqlite_backup_20200101_000000.db.gz", on: stage) == "backup-not-found")
        #expect(try await refusal(of: "backups", on: stage) == "backup-not-found")
        try stage.shell("rm backups/sqlite_*")
        #expect(try await refusal(of: nil, on: stage) == "backup-not-found")
    }

    @Test(arguments: ["gzip -c", "gzip -9 -c", "pigz -c"])
    func `a file of another program is restored where a person vouches for it`(command: String) async throws {
        let (stage, _) = try await stage()
        let program = String(command.prefix { $0 != " " })
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)") else { return }
        try stage.shell("sqlite3 candles.db '.backup \"my copy\"'; \(command) 'my copy' > 'my backup.gz'")
        try stage.change("DELETE FROM candle")
        let file = stage.scratch.path("my backup.gz")
        #expect(try await refusal(of: file, on: stage) == "backup-unverified")
        let outcome = try await stage.restore {
            $0.file = file
            $0.allowsUnverified = true
        }
        #expect(outcome.plan.rowsLost == nil)
        #expect(try stage.candles() == 10)
    }

    @Test func `a manifest that is damaged or newer is refused`() async throws {
        let (stage, manifest) = try await stage()
        let path = stage.folder.url.appending(path: manifest.file.replacing(".db.gz", with: ".manifest.json")).path
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("\"rows\" : 50", with: "\"rows\" : 51").write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect(try await refusal(of: manifest.file, on: stage, allowsUnverified: true) == "backup-damaged")
        #expect(try await refusal(of: nil, on: stage) == "backup-not-found")
    }

    @Test func `a backup of a newer schema is refused`() async throws {
        let (stage, _) = try await stage()
        try stage.change("UPDATE meta SET value = '77' WHERE key = 'schema_version'")
        let newer = try await stage.backUp()
        #expect(try await refusal(of: newer.file, on: stage) == "schema-newer")
        try stage.shell("sqlite3 candles.db '.backup x'; gzip x")
        #expect(try await refusal(of: stage.scratch.path("x.gz"), on: stage, allowsUnverified: true) == "schema-newer")
    }

    @Test func `what holds something else is refused by its content`() async throws {
        let (stage, _) = try await stage()
        let files = [
            "dump.gz": "--\n-- PostgreSQL database dump\n--\n\n\\restrict x\n", "text.gz": "hello", "empty.gz": "",
        ]
        for (name, text) in files {
            try Data(try Gzip.deflate(Array(text.utf8))).write(to: stage.scratch.url.appending(path: name))
        }
        try stage.shell("sqlite3 candles.db '.backup plain.db'; : > none.gz")
        func code(_ name: String) async throws -> String? {
            try await refusal(of: stage.scratch.path(name), on: stage, allowsUnverified: true)
        }
        for name in files.keys { #expect(try await code(name) == "backup-wrong-type", "\(name)") }
        #expect(try await code("plain.db") == "backup-damaged")
        #expect(try await code("none.gz") == "backup-damaged")
        let journal = try await BackupRun(
            SQLiteSource(journal: stage.path), in: stage.folder, occasion: .manual, now: stage.now, emit: { _ in }
        ).run()
        #expect(try await refusal(of: journal.file, on: stage) == "backup-wrong-type")
    }

    @Test func `a cut file is refused, wherever it was cut, and one with a wrong bit`() async throws {
        let (stage, manifest) = try await stage()
        let path = stage.folder.url.appending(path: manifest.file)
        let whole = try Data(contentsOf: path)
        var broken = stride(from: 0, to: whole.count, by: max(1, whole.count / 20)).map { whole.prefix($0) }
        broken.append(whole + Data("x".utf8))
        for bit in [9, 100, whole.count * 4, whole.count * 8 - 1] {
            var flipped = whole
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            broken.append(flipped)
        }
        for content in broken {
            try content.write(to: path)
            #expect(try await refusal(of: manifest.file, on: stage) == "backup-damaged", "\(content.count) bytes")
        }
        #expect(try await refusal(of: nil, on: stage) == "backup-not-found")
        let foreign = stage.scratch.url.appending(path: "foreign.gz")
        for content in broken where content.count > 40 {
            try content.write(to: foreign)
            let code = try await refusal(of: foreign.path, on: stage, allowsUnverified: true)
            #expect(code == "backup-damaged", "\(content.count) bytes")
        }
    }
}
