import Candles
import Journal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct JobHistoryTests {
    private let host: Host
    private let journal: Journal

    init() throws {
        host = try Host()
        journal = try host.journal()
    }

    private var now: UnixMilliseconds { host.clock.milliseconds }

    /// A run that takes `seconds`, and ends at the time that it is then.
    private func run(
        _ job: String, _ series: String?, takes seconds: Int, _ outcome: String, _ message: String? = nil
    ) async throws {
        let run = try await journal.beginRun(job: job, series: series)
        host.clock.advance(by: .seconds(seconds))
        try await journal.endRun(run, outcome: outcome, message: message)
    }

    private func histories() async throws -> [String: JobHistory] {
        let all = try await journal.jobHistories(since: 0)
        return Dictionary(uniqueKeysWithValues: all.map { ("\($0.job) \($0.series ?? "-")", $0) })
    }

    @Test func `an empty journal has none`() async throws {
        #expect(try await journal.jobHistories(since: 0).isEmpty)
    }

    @Test func `runs are told by job and series, in order, and tasks last`() async throws {
        try await journal.setTaskTimes([
            TaskTime(name: "zeal", interval: .seconds(60), nextAt: 5),
            TaskTime(name: "backup", interval: .seconds(3600), nextAt: 7),
        ])
        for series in ["ETHUSD-1m", "BTCUSD-1m", nil, "BTCUSD-1h"] {
            try await run("backfill", series, takes: 1, "complete")
        }
        try await run("audit", "BTCUSD-1m", takes: 1, "complete")
        try await run(JobName.task.rawValue, "backup", takes: 1, "done", "made")
        try await run(JobName.task.rawValue, "no task any more", takes: 1, "done", "made")
        let all = try await journal.jobHistories(since: 0)
        #expect(
            all.map { "\($0.job) \($0.series ?? "-")" } == [
                "audit BTCUSD-1m", "backfill -", "backfill BTCUSD-1h", "backfill BTCUSD-1m", "backfill ETHUSD-1m",
                "task backup", "task zeal",
            ])
        #expect(all.last?.lastStart == nil && all.last?.nextDue == 5 && all.last?.interval == 60_000)
        #expect(all[5].outcome == "done" && all[5].message == "made" && all[5].nextDue == 7)
        host.clock.advance(by: .seconds(10))
        #expect(try await journal.jobHistories(since: now).map(\.series) == ["backup", "zeal"])
    }

    @Test func `at most twenty durations are told, the oldest first`() async throws {
        for seconds in 1...25 { try await run("backfill", "BTCUSD-1m", takes: seconds, "complete") }
        let history = try #require(try await histories()["backfill BTCUSD-1m"])
        // The clock of a test is off by less than a millisecond.
        #expect(history.durations.map { ($0 + 5) / 1000 } == Array(6...25))
        #expect(history.lastEnd == now && history.lastStart == now - 25_000)
    }

    @Test func `what succeeded last is told beside what failed since`() async throws {
        try await run("gap-repair", "BTCUSD-1m", takes: 1, "complete")
        let end = now
        try await run("gap-repair", "BTCUSD-1m", takes: 1, "partial")
        try await run("gap-repair", "BTCUSD-1m", takes: 1, "unavailable", "no route")
        let history = try #require(try await histories()["gap-repair BTCUSD-1m"])
        #expect(history.lastOk == end)
        #expect(history.outcome == "unavailable" && history.message == "no route" && history.hasFailed)
        for _ in 0..<30 { try await run("gap-repair", "BTCUSD-1m", takes: 1, "failed") }
        #expect(try await histories()["gap-repair BTCUSD-1m"]?.lastOk == end)
    }

    @Test func `a run of a process that lives goes on, and tells how far it is`() async throws {
        try await run("backfill", "BTCUSD-1m", takes: 1, "partial")
        let begun = now
        let id = try await journal.beginRun(job: "backfill", series: "BTCUSD-1m")
        host.clock.advance(by: .seconds(30))
        try await journal.noteProgress(of: id, done: 10, total: 40)
        let history = try #require(try await histories()["backfill BTCUSD-1m"])
        #expect(history.runningSince == begun && history.lastStart == begun)
        #expect(history.outcome == "partial" && history.durations == [1000])
        #expect(history.progress?.secondsLeft(since: begun, now: now) == 90)
        try await journal.endRun(id, outcome: "complete", message: nil)
        try await journal.noteProgress(of: id, done: 40, total: 40)
        let ended = try #require(try await histories()["backfill BTCUSD-1m"])
        #expect(ended.runningSince == nil && ended.progress == nil && ended.outcome == "complete")
        #expect(try await journal.runs(limit: 1)[0].progress?.done == 10)
    }

    @Test func `a run whose process is gone was killed, and so was one whose number another process has now`()
        async throws
    {
        _ = try await journal.beginRun(job: "backfill", series: "BTCUSD-1m")
        // No process has this number; and the number 1 is of one that began after 1970.
        try await host.execute("UPDATE runs SET pid = 2147483647")
        var history = try #require(try await histories()["backfill BTCUSD-1m"])
        #expect(history.runningSince == nil && history.outcome == RunOutcome.killed.rawValue && history.hasFailed)
        try await host.execute("UPDATE runs SET pid = 1, started_at = 0")
        history = try #require(try await histories()["backfill BTCUSD-1m"])
        #expect(history.runningSince == nil && history.outcome == RunOutcome.killed.rawValue)
    }

    @Test func `runs from before the clock was set back hide none of those since`() async throws {
        host.clock.advance(by: .seconds(3600))
        try await run("realtime", "BTCUSD-1m", takes: 1, "failed", "from a time to come")
        host.clock.advance(by: .seconds(-3600))
        try await run("realtime", "BTCUSD-1m", takes: 1, "complete")
        #expect(try await histories()["realtime BTCUSD-1m"]?.outcome == "complete")
    }

    @Test func `a timer's starts tell its interval, and a person's do not`() async throws {
        for _ in 0..<6 {
            try await run("gap-repair", "BTCUSD-1m", takes: 60, "complete")
            try await run("migrate", nil, takes: 60, "complete")
            host.clock.advance(by: .seconds(6 * 3600 - 120))
        }
        let histories = try await histories()
        let sixHours: Int64 = 6 * 3_600_000
        #expect(histories["gap-repair BTCUSD-1m"]?.interval == sixHours)
        #expect(histories["gap-repair BTCUSD-1m"].map { ($0.nextDue ?? 0) - ($0.lastStart ?? 0) } == sixHours)
        #expect(histories["migrate -"]?.interval == nil)
    }
}
