import Foundation
import GRDB
import Resilience
import TestSupport
import Testing

@testable import Backup

/// What a file of others may not do to an SQLite database.
@Suite("Files that are not believed", .timeLimit(.minutes(2))) struct RestoreTrustTests {
    private func code(_ stage: RestoreStage, _ change: (inout RestoreRequest) -> Void) async throws -> String? {
        let before = try stage.bytes()
        let fault = await #expect(throws: (any Error).self) { try await stage.restore(change) }
        #expect(try stage.bytes() == before)
        return (fault as? any Fault)?.code
    }

    @Test func `triggers and virtual tables of a file are listed and refused, unless a person wants them`() async throws
    {
        let stage = try RestoreStage()
        try await stage.fill(20)
        try stage.shell(
            "sqlite3 candles.db '.backup evil.db'; sqlite3 evil.db 'CREATE TRIGGER spoil AFTER INSERT ON candle BEGIN DELETE FROM candle; END'; gzip -k evil.db"
        )
        let file = stage.scratch.path("evil.db.gz")
        #expect(
            try await code(stage) {
                $0.file = file
                $0.allowsUnverified = true
            } == "restore-foreign-objects")
        let fault = await #expect(throws: RestoreFault.self) {
            try await stage.restore {
                $0.file = file
                $0.allowsUnverified = true
            }
        }
        #expect(fault?.summary.contains("trigger spoil") == true)
        try await stage.restore {
            $0.file = file
            $0.allowsUnverified = true
            $0.allowsForeignObjects = true
        }
        #expect(try stage.value("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'") == "1")
        // What we made ourselves of it is restored as before.
        try stage.change("DROP TRIGGER spoil; CREATE TRIGGER mine AFTER DELETE ON suspects BEGIN SELECT 1; END")
        let own = try await stage.backUp()
        try stage.change("DROP TRIGGER mine")
        try await stage.restore { $0.file = own.file }
        #expect(try stage.value("SELECT name FROM sqlite_master WHERE type = 'trigger'") == "mine")
    }

    @Test func `a small file that becomes a large one is stopped at its limit`() throws {
        let scratch = try ScratchFolder()
        try PostgresDump.shell("head -c 30000000 /dev/zero | gzip -9 > \"$1\"", scratch.path("bomb.gz"))
        let limit = UnpackLimit(bytes: 1 << 20, reason: "the test says so")
        let fault = #expect(throws: BackupFault.self) {
            try ArchiveReader.unpack(scratch.path("bomb.gz"), to: scratch.path("bomb"), limit: limit)
        }
        #expect(fault?.code == "backup-space")
        let size = try FileManager.default.attributesOfItem(atPath: scratch.path("bomb"))[.size] as? NSNumber
        #expect((size?.intValue ?? 0) <= 1 << 20)
    }

    @Test func `the limit is what the manifest says, else what is free but for a part`() throws {
        let scratch = try ScratchFolder()
        try Data("x".utf8).write(to: scratch.url.appending(path: "a.gz"))
        let free = try #require(BackupFolder(scratch.url).freeBytes())
        let unknown = try UnpackLimit(of: RestoreArchive(path: scratch.path("a.gz"), manifest: nil), in: scratch.path)
        #expect(unknown.bytes < free / 2)
        let manifest = RetentionSample.manifest(BackupName(.sqlite, at: 0), .good, .manual, RetentionSample.subject)
        let known = try UnpackLimit(
            of: RestoreArchive(path: scratch.path("a.gz"), manifest: manifest), in: scratch.path)
        #expect(known.bytes == 4)
    }

    @Test func `what is not signed is restored only where a person vouches for it, and a wrong signature by nobody`()
        async throws
    {
        let stage = try RestoreStage()
        try await stage.fill(20)
        let unsigned = try await stage.backUp()
        let keyed = BackupFolder(
            stage.folder.url, key: BackupKeyFile(stage.scratch.url.appending(path: "state/backup.key")))
        func restore(_ change: (inout RestoreRequest) -> Void) async throws -> String? {
            var request = RestoreRequest()
            change(&request)
            do {
                let outcome = try await RestoreRun(
                    stage.target(), from: keyed, request, makeSafetyBackup: { try await stage.backUp(.beforeRestore) },
                    now: stage.now, emit: stage.note
                ).run { _ in true }
                return outcome.plan.signature.rawValue
            } catch let fault as any Fault {
                return fault.code
            }
        }
        #expect(try await restore { _ in } == "backup-unverified")
        #expect(try await restore { $0.file = unsigned.file } == "backup-unverified")
        #expect(try await restore { $0.allowsUnverified = true } == "unsigned")
        let signed = try await BackupRun(
            SQLiteSource(path: stage.path), in: keyed, occasion: .manual, now: stage.now, emit: stage.note
        ).run()
        #expect(try await restore { _ in } == "signed by this installation")
        let name = try #require(BackupName(file: signed.file))
        let url = keyed.url.appending(path: name.manifest)
        let text = try String(contentsOf: url, encoding: .utf8)
        let wrong = text.replacing(/"signature" : "[0-9a-f]{4}/, with: "\"signature\" : \"0000")
        let blank = wrong.replacing(
            /"manifest_sha256" : "[^"]*"/, with: "\"manifest_sha256\" : \"\(String(repeating: "0", count: 64))\"")
        var digest = RunningDigest()
        digest.update(Array(blank.utf8).span)
        try blank.replacing(String(repeating: "0", count: 64), with: digest.finish()).write(
            to: url, atomically: true, encoding: .utf8)
        #expect(
            try await restore {
                $0.file = signed.file
                $0.allowsUnverified = true
            } == "backup-signature")
    }
}
