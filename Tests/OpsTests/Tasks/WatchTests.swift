import Alerts
import Candles
import Journal
import Logging
import NIOConcurrencyHelpers
import Resilience
import Scheduler
import Tasks
import TestSupport
import Testing

@Suite("Tasks: breakers and jobs", .timeLimit(.minutes(1))) struct WatchTests {
    @Test func `a breaker that opens and closes is told once each, whoever asked it`() async throws {
        let stage = try SchedulerStage()
        let journal = try stage.journal()
        let watch = BreakerWatch(journal: journal, alerts: stage.alerts)
        #expect(try await watch.run() == .done("0 breakers"))
        let clock = stage.clock
        let other = SharedCircuitBreaker(
            journal: try stage.journal(), name: "api.example", monotonicNow: { clock.milliseconds })
        for _ in 0..<5 { try await other.record(try await other.admit(), succeeded: false) }
        #expect(try await watch.run().message.contains("changes of breakers"))
        #expect(stage.alerts.raised.map(\.target) == ["api.example"])
        #expect(try await watch.run() == .idle("no breaker changed"))
        #expect(try await journal.breakers().map(\.state.phase) == [.open])
        #expect(try await journal.resetBreaker("api.example", monotonicNow: clock.milliseconds))
        #expect(try await !journal.resetBreaker("nobody", monotonicNow: clock.milliseconds))
        _ = try await watch.run()
        #expect(stage.alerts.resolved.contains("breakers/breaker-open/api.example"))
        #expect(stage.alerts.raised.count == 1)
    }

    @Test func `a breaker that is open when the watch begins is told`() async throws {
        let stage = try SchedulerStage()
        let clock = stage.clock
        let other = SharedCircuitBreaker(
            journal: try stage.journal(), name: "api.example", monotonicNow: { clock.milliseconds })
        try await other.forceOpen()
        _ = try await BreakerWatch(journal: try stage.journal(), alerts: stage.alerts).run()
        #expect(stage.alerts.raised.map(\.target) == ["api.example"])
    }

    @Test func `a job is told after three failures in a row, a backup after one`() async throws {
        let stage = try SchedulerStage()
        let journal = try stage.journal()
        let watch = JobWatch(journal: journal, alerts: stage.alerts, now: stage.now)
        func end(_ job: String, _ series: String, _ outcome: String) async throws {
            let run = try await journal.beginRun(job: job, series: series)
            try await journal.endRun(run, outcome: outcome, message: "no route")
        }
        for outcome in ["complete", "unavailable", "unavailable"] { try await end("realtime", "BTCUSD-1m", outcome) }
        try await end("backup", "sqlite", "backup-space")
        try await end("task", "sweep", "failed")
        _ = try await watch.run()
        #expect(stage.alerts.raised.map(\.target) == ["backup sqlite"])
        try await end("realtime", "BTCUSD-1m", "failed")
        _ = try await watch.run()
        #expect(stage.alerts.raised.map(\.target).contains("realtime BTCUSD-1m"))
        #expect(stage.alerts.raised.last { $0.target.hasPrefix("realtime") }?.message.contains("no route") == true)
        try await end("realtime", "BTCUSD-1m", "partial")
        _ = try await watch.run()
        #expect(stage.alerts.resolved.contains("jobs/job-failing/realtime BTCUSD-1m"))
    }

    @Test func `a unit that failed is told again after an hour, and its end is told`() async throws {
        let stage = try SchedulerStage()
        let journal = try stage.journal()
        let failed = NIOLockedValueBox<[String]?>(["cryptotrader-backup.service"])
        let queues = AlertQueues(journal: journal, channels: [], now: stage.now)
        let desk = AlertDesk(queues, logger: Logger(label: "test"))
        let watch = UnitWatch(
            journal: journal, alerts: desk, now: stage.now, failed: { failed.withLockedValue(\.self) })
        _ = try await watch.run()
        stage.clock.advance(by: .seconds(300))
        _ = try await watch.run()
        #expect(try await journal.firingAlerts(since: 0).map(\.count) == [1])
        stage.clock.advance(by: .seconds(3600))
        _ = try await watch.run()
        #expect(try await journal.firingAlerts(since: 0).map(\.count) == [2])
        failed.withLockedValue { $0 = nil }
        #expect(try await watch.run() == .idle("the user's systemd does not answer"))
        #expect(try await journal.firingAlerts(since: 0).count == 1)
        failed.withLockedValue { $0 = [] }
        _ = try await watch.run()
        #expect(try await journal.firingAlerts(since: 0).isEmpty)
    }

    @Test func `a run that a person stopped is no failure`() async throws {
        let stage = try SchedulerStage()
        let journal = try stage.journal()
        for _ in 0..<3 {
            let run = try await journal.beginRun(job: "backfill", series: "BTCUSD-1m")
            try await journal.endRun(run, outcome: "failed", message: "stopped")
        }
        _ = try await JobWatch(journal: journal, alerts: stage.alerts, now: stage.now).run()
        #expect(stage.alerts.raised.isEmpty)
        #expect(try await journal.healthReads().failedLastHour == 0)
    }
}
