import Candles
import Foundation
import GRDB
import Journal
import NIOConcurrencyHelpers
import Resilience
import TestSupport
import Testing

@Suite struct JournalHealthTests {
    private let folder: ScratchFolder
    private let time: NIOLockedValueBox<UnixMilliseconds>
    private let journal: Journal
    /// Noon.
    private let noon: UnixMilliseconds = 1_767_225_600_000 + 12 * 3_600_000

    init() throws {
        folder = try ScratchFolder()
        let box = NIOLockedValueBox<UnixMilliseconds>(noon)
        time = box
        journal = try Journal(folder: folder.url, now: { box.withLockedValue { $0 } })
    }

    private func at(_ hours: Double) { time.withLockedValue { $0 = noon + UnixMilliseconds(hours * 3_600_000) } }

    private func run(_ job: String, series: String? = nil, _ outcome: String, _ message: String? = nil) async throws {
        try await journal.endRun(
            try await journal.beginRun(job: job, series: series), outcome: outcome, message: message)
    }

    @Test func `an empty journal tells of nothing`() async throws {
        #expect(try await journal.healthReads() == JournalHealth())
    }

    @Test func `cycles are the jobs that fetch candles, since midnight`() async throws {
        at(-12.1)
        try await run("backfill", "complete")
        at(-11.9)
        try await run("realtime", "complete")
        try await run("gap-repair", "failed", "broken")
        at(-1)
        try await run("backup", series: "sqlite", "complete")
        _ = try await journal.beginRun(job: "audit", series: nil)
        at(0)
        let reads = try await journal.healthReads()
        #expect(reads.cyclesToday == 2)
        #expect(reads.lastCycleEnd == noon - 42_840_000)
        #expect(reads.backups == ["sqlite": noon - 3_600_000])
    }

    @Test func `failures of the last hour are counted, and what was stopped is none`() async throws {
        at(-1.1)
        try await run("backfill", "failed", "broken")
        at(-0.9)
        for outcome in ["complete", "partial", "rate-limited", "suspect", "unavailable", "backup-space"] {
            try await run("backfill", outcome)
        }
        try await run("backfill", "failed", "stopped")
        at(0)
        #expect(try await journal.healthReads().failedLastHour == 3)
    }

    @Test func `alerts are counted by day and by week, and what was resolved is none`() async throws {
        let queue = try DatabaseQueue(path: folder.path("journal.db"))
        try await queue.write { [noon] db in
            for (hours, kind) in [(-1.0, "firing"), (-2, "resolved"), (-13, "firing"), (-24 * 7.1, "firing")] {
                try db.execute(
                    sql: "INSERT INTO alert_log(at, key, kind, severity, message) VALUES (?, 'k', ?, 1, 'm')",
                    arguments: [noon + Int64(hours * 3_600_000), kind])
            }
        }
        let reads = try await journal.healthReads()
        #expect(reads.alertsToday == 1)
        #expect(reads.alertsWeek == 2)
    }

    @Test func `beats and breakers are told, and a state of another boot is forgotten`() async throws {
        try await journal.beat("ops")
        func breaker(_ name: String, boot: String) -> SharedCircuitBreaker {
            SharedCircuitBreaker(journal: journal, name: name, monotonicNow: { 0 }, boot: boot)
        }
        try await breaker("a", boot: "now").forceOpen()
        try await breaker("b", boot: "before").forceOpen()
        let c = breaker("c", boot: "before")
        for _ in 0..<20 {
            guard let permit = try? await c.admit() else { break }
            try await c.record(permit, succeeded: false)
        }
        let reads = try await journal.healthReads(boot: "now")
        #expect(reads.heartbeats == ["ops": noon])
        #expect(reads.breakers.map(\.name) == ["a", "b", "c"])
        #expect(reads.breakers.map(\.phase) == [.forcedOpen, .forcedOpen, .closed])
        #expect(
            try await journal.healthReads(boot: "before", monotonicNow: 0).breakers.map(\.phase) == [
                .forcedOpen, .forcedOpen, .open,
            ])
        let hour: Int64 = 3_600_000
        let later = try await journal.healthReads(boot: "before", monotonicNow: hour)
        #expect(later.breakers.map(\.phase) == [.forcedOpen, .forcedOpen, .halfOpen])
        #expect(
            try await journal.breakers(boot: "before", monotonicNow: hour).map(\.state.phase) == [
                .forcedOpen, .forcedOpen, .halfOpen,
            ])
        #expect((reads.breakers[2].totals[.failure] ?? 0) > 0)
    }
}
