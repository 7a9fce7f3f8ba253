import Backup
import Foundation
import Journal
import Storage
import TestSupport
import Testing

extension OpsCommandSuite {
    /// A restore and those who write exclude each other.
    @Suite("Writers and restores", .timeLimit(.minutes(2))) struct WriterLockTests {
        @Test(arguments: Engine.allCases)
        func `a restore waits for no writer, and no writer for a restore`(engine: Engine) async throws {
            let host = try await OpsHost(engine, candles: 100)
            #expect(try await host.ops("backup", "--type", engine.rawValue).run().status == 0)
            let journal = try Journal(folder: URL(filePath: host.folder.path("state")), now: { 0 })
            let before = try await host.fingerprint()
            let writing = try journal.lock("writers \(host.location.identity)", exclusive: false)
            let refused = try await host.restore().run()
            #expect(refused.status == 75, "\(refused.err)")
            #expect(try await host.fingerprint() == before)
            writing.release()
            let restoring = try journal.lock("writers \(host.location.identity)", exclusive: true)
            let forget = ["forget", "--series", "BTCUSD-1m", "--yes"]
            let busy = try await Command.ingest(forget, host.environment).run()
            #expect(busy.status == 75, "\(busy.err)")
            #expect(try await host.fingerprint() == before)
            restoring.release()
            #expect(try await Command.ingest(forget, host.environment).run().status == 0)
            #expect(try await host.restore().run().status == 0)
            #expect(try await host.fingerprint() == before)
        }

        @Test(.enabled(if: ScratchPostgres.isEnabled))
        func `a writer on another machine keeps a restore out, by the database's own lock`() async throws {
            let host = try await OpsHost(.postgres, candles: 100)
            #expect(try await host.ops("backup", "--type", "postgres").run().status == 0)
            let elsewhere = try await host.store()
            #expect(try await elsewhere.lock("cryptotrader writers", shared: true))
            let refused = try await host.restore().run()
            #expect(refused.status == 75, "\(refused.err)")
            await elsewhere.close()
            #expect(try await host.restore().run().status == 0)
        }
    }
}
