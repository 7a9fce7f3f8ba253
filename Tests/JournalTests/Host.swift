import Foundation
import GRDB
import Journal
import Resilience
import TestSupport

/// One host: a state folder of its own, and a clock that all of its processes read.
struct Host: Sendable {
    let scratch: ScratchFolder
    let clock = ManualClock(startingAt: .seconds(1_700_000_000))

    init() throws { scratch = try ScratchFolder() }

    var folder: URL { scratch.url.appending(path: "state") }
    var database: URL { folder.appending(path: "journal.db") }

    /// Another process' journal.
    func journal() throws -> Journal {
        try Journal(
            folder: folder, now: { [clock] in clock.milliseconds }, uptime: { [clock] in clock.milliseconds })
    }

    /// Another process' budget.
    func budget(limit: Int, host: String = "api.example") throws -> SharedBudget<ManualClock> {
        SharedBudget(journal: try journal(), host: host, requestsPerMinute: limit, clock: clock)
    }

    /// Another process' breaker.
    func breaker(
        settings: CircuitBreakerSettings? = nil, boot: String = "this boot"
    ) throws -> SharedCircuitBreaker {
        SharedCircuitBreaker(
            journal: try journal(), name: "candles",
            settings: try settings
                ?? CircuitBreakerSettings(
                    window: 20, slowCall: .seconds(20), halfOpenCalls: 2, openFor: .seconds(30)),
            monotonicNow: { [clock] in clock.milliseconds }, boot: boot)
    }

    /// What a query says of the journal's file.
    func number(_ sql: String) async throws -> Int {
        let queue = try DatabaseQueue(path: database.path)
        return try await queue.read { db in try Int.fetchOne(db, sql: sql) ?? 0 }
    }

    /// Changes the journal's file behind the program's back.
    func execute(_ sql: String) async throws {
        let queue = try DatabaseQueue(path: database.path)
        try await queue.write { db in try db.execute(sql: sql) }
    }

    /// Lets time pass in steps, waiting at each for `sleepers` tasks to sleep.
    func pass(_ duration: Duration, step: Duration = .milliseconds(500), sleepers: Int) async {
        let end = clock.now.advanced(by: duration)
        while clock.now < end {
            await clock.sleepers(atLeast: sleepers)
            clock.advance(by: step)
        }
    }
}
