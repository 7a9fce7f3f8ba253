import Backup
import Foundation
import Journal
import NIOConcurrencyHelpers
import Resilience
import Storage
import TestSupport
import Testing

/// The flow from the choice of a backup to the restored database.
@Suite("Restore run", .timeLimit(.minutes(2))) struct RestoreRunTests {
    /// Fifty candles, backed up, of which forty are gone now.
    private func stage() async throws -> RestoreStage {
        let stage = try RestoreStage()
        try await stage.fill(50)
        try await stage.backUp()
        try stage.change("DELETE FROM candle WHERE open_time >= 600000")
        return stage
    }

    @Test func `the newest good backup comes back, after a safety backup of what was there`() async throws {
        let stage = try await stage()
        let outcome = try await stage.restore()
        #expect(outcome.ending == .restored)
        #expect(try stage.candles() == 50)
        let safety = try #require(try stage.folder.backups().last)
        #expect(outcome.safetyBackup == safety.name.file)
        #expect(safety.known?.occasion == .beforeRestore)
        #expect(safety.known?.tables.first { $0.name == "candle" }?.rows == 10)
        let isNoted = stage.events.contains {
            if case .restored(_, let file) = $0 { file == outcome.plan.manifest?.file } else { false }
        }
        #expect(isNoted)
    }

    @Test func `an undo brings back what was replaced, and can be undone`() async throws {
        let stage = try await stage()
        try await stage.restore()
        for candles in [10, 50, 10] {
            #expect(try await stage.restore { $0.isUndo = true }.ending == .restored)
            #expect(try stage.candles() == candles)
        }
    }

    @Test func `a second restore takes the backup again, not the copy of what the first one replaced`() async throws {
        let stage = try RestoreStage()
        try await stage.fill(50)
        try await stage.backUp()
        try stage.change("UPDATE candle SET close = 99")
        let first = try await stage.restore()
        #expect(try stage.folder.backups().last?.isGood == true)
        #expect(try await stage.restore().plan.file == first.plan.file)
        #expect(try stage.value("SELECT count(*) FROM candle WHERE close = 99") == "0")
    }

    @Test func `without a restore there is nothing to undo`() async throws {
        let stage = try await stage()
        let fault = await #expect(throws: RestoreFault.self) { try await stage.restore { $0.isUndo = true } }
        #expect(fault?.code == "restore-nothing-to-undo")
    }

    @Test func `the plan says what is lost and what is dropped`() async throws {
        let stage = try await stage()
        try stage.change(
            """
            DELETE FROM suspects;
            CREATE TABLE "my notes" (t); INSERT INTO "my notes" VALUES (1), (2);
            WITH RECURSIVE n (i) AS (SELECT 200 UNION ALL SELECT i + 1 FROM n WHERE i < 269)
                INSERT INTO candle SELECT 1, i * 60000, 1, 2, 1, 2, i, 1 FROM n;
            UPDATE series_stats SET last_open = \(49 * 60_000 + 3 * 3_600_000);
            """)
        let plans = NIOLockedValueBox<[RestorePlan]>([])
        let before = try stage.bytes()
        let outcome = try await stage.restore {
            $0.isDryRun = true
        } confirm: { plan in
            plans.withLockedValue { $0.append(plan) }
            return true
        }
        let plan = outcome.plan
        #expect(outcome.ending == .planned)
        #expect(plans.withLockedValue { $0.isEmpty })
        #expect(plan.drops.map(\.name) == ["my notes"])
        #expect(plan.drops.first?.rowsNow == 2)
        #expect(plan.tables.first { $0.name == "candle" } == .init(name: "candle", rowsNow: 80, rowsThen: 50))
        #expect(plan.rowsLost == 32)
        #expect(plan.lostMilliseconds == Int64(3 * 3_600_000))
        #expect(plan.room.map { $0.free > $0.needed } == true)
        #expect(try stage.bytes() == before)
        #expect(try stage.folder.backups().count == 1)
    }

    @Test func `a person who declines changes nothing`() async throws {
        let stage = try await stage()
        let before = try stage.bytes()
        #expect(try await stage.restore(confirm: { _ in false }).ending == .declined)
        #expect(try stage.bytes() == before)
        #expect(try stage.folder.backups().count == 1)
    }

    @Test func `a safety backup that fails stops the restore, unless none is wanted`() async throws {
        let stage = try await stage()
        try Data(repeating: 7, count: 9000).write(to: URL(filePath: stage.path))
        let before = try stage.bytes()
        let fault = await #expect(throws: RestoreFault.self) { try await stage.restore() }
        #expect(fault?.code == "restore-no-safety-backup")
        #expect(fault?.hint?.contains("--no-safety-backup") == true)
        #expect(try stage.bytes() == before)
        let outcome = try await stage.restore { $0.makesSafetyBackup = false }
        #expect(outcome.plan.problem != nil)
        #expect(outcome.plan.rowsLost == nil)
        #expect(outcome.safetyBackup == nil)
        #expect(try stage.candles() == 50)
    }

    @Test func `a missing database needs no safety backup`() async throws {
        let stage = try await stage()
        try stage.shell("rm candles.db*")
        let outcome = try await stage.restore()
        #expect(outcome.safetyBackup == nil)
        #expect(outcome.plan.rowsLost == 0)
        #expect(try stage.candles() == 50)
    }

    @Test func `the folder's lock and the writers' lock keep others out`() async throws {
        let stage = try await stage()
        let folder = try stage.folder.lock(exclusive: false)
        await #expect(throws: JournalFault.self) { try await stage.restore() }
        folder.release()
        let writer = try stage.journal.lockWriters(of: stage.target().database, exclusive: false)
        await #expect(throws: JournalFault.self) { try await stage.restore() }
        writer.release()
        #expect(try stage.candles() == 10)
        try await stage.restore()
        #expect(try stage.candles() == 50)
    }

    @Test func `a restore that is cancelled at the question changes nothing`() async throws {
        let stage = try await stage()
        let before = try stage.bytes()
        await withTaskGroup(of: (any Error)?.self) { group in
            let (asked, ask) = AsyncStream.makeStream(of: Void.self)
            let (answers, _) = AsyncStream.makeStream(of: Bool.self)
            group.addTask {
                do {
                    try await stage.restore(confirm: { _ in
                        ask.finish()
                        for await answer in answers { return answer }
                        try Task.checkCancellation()
                        return false
                    })
                    return nil
                } catch {
                    return error
                }
            }
            for await _ in asked {}
            group.cancelAll()
            for await ending in group { #expect(ending is CancellationError) }
        }
        #expect(try stage.bytes() == before)
        try stage.folder.lock(exclusive: true).release()
    }
}
