import Candles
import Journal
import Ops
import Resilience
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
}
