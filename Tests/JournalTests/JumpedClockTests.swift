import Alerts
import Candles
import Foundation
import GRDB
import Journal
import NIOConcurrencyHelpers
import Resilience
import TestSupport
import Testing

@Suite("Journal: a clock that jumped", .timeLimit(.minutes(1))) struct JumpedClockTests {
    private static let start: UnixMilliseconds = 1_700_000_000_000
    private static let day: Int64 = 86_400_000

    private let folder: ScratchFolder
    /// What the wall clock says beside what went by, and that.
    private let jump = NIOLockedValueBox<Int64>(0)
    private let lived = NIOLockedValueBox<Int64>(0)

    init() throws { folder = try ScratchFolder() }

    private func journal() throws -> Journal {
        try Journal(
            folder: folder.url,
            now: { [jump, lived] in Self.start + jump.withLockedValue { $0 } + lived.withLockedValue { $0 } },
            uptime: { [lived] in lived.withLockedValue { $0 } })
    }

    private func raise(_ key: String, in journal: Journal) async throws {
        try await journal.raiseAlert(
            AlertRoute(channels: ["log"]), critical: 2, unsilenced: "log",
            { now in
                AlertEntry(
                    key: key, source: "s", rule: key, target: "", severity: 1, message: "m", hint: nil, at: now)
            },
            rule: { _, _, _ in .firing })
    }

    /// Something in each table whose rows are forgotten for their age.
    private func fill(_ journal: Journal, _ name: String) async throws {
        try await raise(name, in: journal)
        let run = try await journal.beginRun(job: "backfill", series: name, memory: .seconds(3600))
        try await journal.endRun(run, outcome: "complete", message: nil)
        _ = try await journal.beginRestart(of: name, reason: "r", limit: 1000, within: .seconds(1))
        _ = try await journal.noteOutage(TimeRange(0, 1000), of: name)
        let breaker = SharedCircuitBreaker(journal: journal, name: name, monotonicNow: { 1 })
        try await breaker.forceOpen()
        try await breaker.reset()
        _ = try await journal.silence("\(name)*", for: .seconds(3600), author: "a", comment: nil, unsilenced: "log")
    }

    private func rows() throws -> [String: Int] {
        let queue = try DatabaseQueue(path: folder.path("journal.db"))
        return try queue.read { db in
            var counts: [String: Int] = [:]
            for table in [
                "alerts", "deliveries", "alert_log", "runs", "restarts", "outages", "breaker_events", "silences",
            ] {
                counts[table] = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)")
            }
            return counts
        }
    }

    @Test(arguments: [5, 100, 1500, -1500], [false, true])
    func `nothing is forgotten for its age, however often it is used and whoever opens it`(
        days: Int, isNew: Bool
    ) async throws {
        let before = try journal()
        if !isNew { _ = try await before.agesNow() }
        for name in ["a", "b", "c"] { try await fill(before, name) }
        let kept = try rows()
        for turn in 1...3 {
            jump.withLockedValue { $0 = Int64(days) * Self.day * Int64(turn) }
            lived.withLockedValue { $0 += 60_000 }
            let journal = try journal()
            try await fill(journal, "later \(turn)")
            try await journal.endSilences { _ in { _, _, _ in .nothing } }
            let now = try rows()
            for (table, count) in kept { #expect((now[table] ?? 0) >= count + turn, "\(table), turn \(turn)") }
        }
    }

    @Test func `what is old by time that went by is forgotten`() async throws {
        let journal = try journal()
        try await fill(journal, "a")
        let once = try rows()
        for _ in 0..<100 {
            lived.withLockedValue { $0 += Self.day }
            _ = try await journal.agesNow()
        }
        try await fill(journal, "b")
        try await journal.endSilences { _ in { _, _, _ in .nothing } }
        #expect(try rows() == once)
    }

    @Test func `a journal of an earlier version believes what it noted last`() async throws {
        let before = try journal()
        try await fill(before, "a")
        let queue = try DatabaseQueue(path: folder.path("journal.db"))
        try await queue.write { db in try db.execute(sql: "DELETE FROM clock") }
        jump.withLockedValue { $0 = 1500 * Self.day }
        #expect(try await journal().agesNow() == Self.start)
    }

    @Test func `a journal that knows nothing believes what the files tell`() async throws {
        jump.withLockedValue { $0 = 1500 * Self.day }
        #expect(try await journal().agesNow(evidence: Self.start) == Self.start)
    }
}
