import Foundation
import Gzip
import TestSupport
import Testing

@testable import Backup

extension OpsCommandSuite {
    /// What a restore leaves behind for what comes after it.
    @Suite("After a restore", .timeLimit(.minutes(3))) struct UndoTests {
        @Test func `a restore that failed leaves nothing to undo`() async throws {
            let host = try await OpsHost(.sqlite, candles: 2000)
            #expect(try await host.ops("backup", "--type", "sqlite").run().status == 0)
            let good = try #require(try host.backups.backups().first?.name.file)
            let damaged = host.folder.path("damaged.db.gz")
            var raw = try Gzip.inflate([UInt8](try Data(contentsOf: host.backups.url.appending(path: good))))
            for index in 20_000..<24_000 { raw[index] = 0x5a }
            try Data(try Gzip.deflate(raw)).write(to: URL(filePath: damaged))
            let before = try await host.fingerprint()
            let failed = try await host.restore("--file", damaged, "--allow-unverified").run()
            #expect(failed.status == 20, "\(failed.err)")
            #expect(try await host.fingerprint() == before)
            let undone = try await host.restore("--undo").run()
            #expect(undone.status == 69, "\(undone.err)")
            #expect(undone.err.contains("restore-nothing-to-undo"))
            #expect(try await host.fingerprint() == before)
        }

        @Test(arguments: Engine.allCases)
        func `an undo brings back what was there, and a second one what was restored`(engine: Engine) async throws {
            let host = try await OpsHost(engine, candles: 500)
            #expect(try await host.ops("backup", "--type", engine.rawValue).run().status == 0)
            let small = try await host.fingerprint()
            try await host.fill(700, from: 500)
            let large = try await host.fingerprint()
            #expect(try await host.restore().run().status == 0)
            #expect(try await host.fingerprint() == small)
            #expect(try await host.restore("--undo").run().status == 0)
            #expect(try await host.fingerprint() == large)
            #expect(try await host.restore("--undo").run().status == 0)
            #expect(try await host.fingerprint() == small)
        }

        @Test func `the first backup after a restore to fewer rows is not suspicious`() async throws {
            let host = try await OpsHost(.sqlite, candles: 1000)
            #expect(try await host.ops("backup", "--type", "sqlite").run().status == 0)
            let small = try #require(try host.backups.backups().first?.name.file)
            try await host.fill(9000, from: 1000)
            #expect(try await host.ops("backup", "--type", "sqlite").run().status == 0)
            #expect(try await host.restore("--file", small).run().status == 0)
            let next = try await host.ops("backup", "--type", "sqlite").run()
            #expect(next.status == 0, "\(next.err)")
        }
    }
}
