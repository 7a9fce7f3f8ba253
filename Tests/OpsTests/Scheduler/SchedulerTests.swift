import Alerts
import Candles
import Host
import Journal
import Scheduler
import TestSupport
import Testing

@Suite("Scheduler", .timeLimit(.minutes(1))) struct SchedulerTests {
    /// More than an interval with what chance may add.
    private static let hour = Duration.seconds(3800)

    private static func counted(
        _ name: String, _ counter: Counter, every interval: Duration = .seconds(3600),
        deadline: Duration = .seconds(600)
    ) -> ScheduledTask {
        ScheduledTask(name, every: interval, deadline: deadline) {
            counter.enter()
            defer { counter.leave() }
            return .done("run \(counter.total)")
        }
    }

    @Test func `a task runs at once, then at its interval`() async throws {
        let stage = try SchedulerStage()
        let counter = Counter()
        try await stage.run([Self.counted("sweep", counter)]) { _ in
            await stage.end(of: "sweep")
            for _ in 0..<3 {
                await stage.clock.sleepers(atLeast: 1)
                stage.clock.advance(by: .seconds(3599))
                let outcomes = try await stage.outcomes(of: "sweep")
                #expect(outcomes.count == counter.total)
                stage.clock.advance(by: .seconds(201))
                await stage.end(of: "sweep")
            }
            #expect(counter.total == 4)
        }
        #expect(try await stage.outcomes(of: "sweep") == ["done", "done", "done", "done"])
    }

    @Test func `a restart repeats nothing that is not due`() async throws {
        let first = try SchedulerStage()
        let counter = Counter()
        try await first.run([Self.counted("sweep", counter)]) { _ in
            await first.end(of: "sweep")
            await first.clock.sleepers(atLeast: 1)
        }
        let second = try SchedulerStage(first.folder)
        try await second.run([Self.counted("sweep", counter), Self.counted("new", counter)]) { scheduler in
            await second.end(of: "new")
            await second.clock.sleepers(atLeast: 2)
            #expect(counter.total == 2)
            second.clock.advance(by: Self.hour)
            await second.end(of: "sweep")
            #expect(scheduler.states.count == 2)
        }
    }

    @Test(arguments: [Int64(-86_400), 86_400])
    func `a wall clock that is set while it runs changes no wait, and the noted times follow`(
        seconds: Int64
    ) async throws {
        let stage = try SchedulerStage()
        let counter = Counter()
        try await stage.run([Self.counted("sweep", counter)]) { scheduler in
            await stage.end(of: "sweep")
            await stage.clock.sleepers(atLeast: 1)
            await scheduler.keepTime()
            stage.setWallClock(by: seconds)
            await scheduler.keepTime()
            let step = await stage.next { event in
                if case .clockStepped(let step) = event { step } else { nil }
            }
            #expect(step == .seconds(seconds))
            #expect(counter.total == 1)
            let noted = try #require(try await stage.journal().taskTimes()["sweep"]) - stage.now()
            #expect((3_600_000...3_800_000).contains(noted))
            stage.clock.advance(by: Self.hour)
            await stage.end(of: "sweep")
            #expect(counter.total == 2)
        }
    }

    @Test func `a wall clock that was set back while nothing ran delays by one interval at most`() async throws {
        let first = try SchedulerStage()
        let counter = Counter()
        try await first.run([Self.counted("sweep", counter)]) { _ in
            await first.end(of: "sweep")
            await first.clock.sleepers(atLeast: 1)
        }
        let second = try SchedulerStage(first.folder)
        second.setWallClock(by: -86_400)
        try await second.run([Self.counted("sweep", counter)]) { _ in
            await second.clock.sleepers(atLeast: 1)
            second.clock.advance(by: Self.hour)
            await second.end(of: "sweep")
            #expect(counter.total == 2)
        }
    }

    @Test func `a task that throws each time is told, tried again early, and stops no other`() async throws {
        let stage = try SchedulerStage()
        let counter = Counter()
        let broken = ScheduledTask("broken", every: .seconds(3600), retry: .seconds(60), deadline: .seconds(10)) {
            throw Broken()
        }
        try await stage.run([broken, Self.counted("sweep", counter)]) { _ in
            await stage.end(of: "broken")
            for _ in 0..<5 {
                await stage.clock.sleepers(atLeast: 2)
                stage.clock.advance(by: .seconds(65))
                await stage.end(of: "broken")
            }
            await stage.clock.sleepers(atLeast: 2)
            stage.clock.advance(by: Self.hour)
            await stage.end(of: "sweep")
        }
        #expect(counter.total == 2)
        #expect(try await stage.outcomes(of: "broken").allSatisfy { $0 == "failed" })
        let alert = try #require(stage.alerts.raised.first)
        #expect(alert.severity == .warning && alert.target == "broken" && alert.message.contains("it is broken"))
        #expect(alert.hint == "mend it")
        #expect(Set(stage.alerts.raised.map(\.rule)) == ["task-failed"])
    }

    @Test func `a task that hangs is told to end at its deadline, and never runs twice at once`() async throws {
        let stage = try SchedulerStage()
        let counter = Counter()
        let hold = ShutdownLatch()
        // Deaf to cancellation until the latch is closed.
        let deaf = ScheduledTask("deaf", every: .seconds(60), deadline: .seconds(10)) {
            counter.enter()
            defer { counter.leave() }
            while !hold.isClosed { await Task.yield() }
            return .done("at last")
        }
        try await stage.run([deaf, Self.counted("sweep", Counter(), every: .seconds(60))]) { scheduler in
            await stage.end(of: "sweep")
            await stage.clock.sleepers(atLeast: 2)
            stage.clock.advance(by: .seconds(11))
            await stage.end(of: "deaf")
            #expect(scheduler.stuck == [])
            await stage.clock.sleepers(atLeast: 1)
            stage.clock.advance(by: .seconds(600))
            await stage.end(of: "sweep")
            #expect(counter.total == 1)
            #expect(scheduler.stuck == ["deaf"])
            hold.close()
            await stage.clock.sleepers(atLeast: 2)
            stage.clock.advance(by: .seconds(70))
            await stage.end(of: "deaf")
        }
        #expect(counter.mostAtOnce == 1)
        #expect(try await stage.outcomes(of: "deaf").prefix(2) == ["overdue", "done"])
        #expect(stage.alerts.raised.first?.message == "the task deaf did not end within 10 s, and was told to end")
    }

    @Test func `the end lets a running task finish`() async throws {
        let stage = try SchedulerStage()
        let hold = ShutdownLatch()
        let task = ScheduledTask("slow", every: .seconds(60), deadline: .seconds(10)) {
            await hold.wait()
            return .done("whole")
        }
        try await stage.run([task, Self.counted("sweep", Counter())]) { _ in
            await stage.end(of: "sweep")
            stage.latch.close()
            hold.close()
        }
        #expect(try await stage.outcomes(of: "slow") == ["done"])
    }

    @Test func `a cancelled scheduler ends its tasks and says so`() async throws {
        let stage = try SchedulerStage()
        let task = ScheduledTask("slow", every: .seconds(60), deadline: .seconds(10)) {
            try await ContinuousClock().sleep(for: .seconds(600))
            return .done("never")
        }
        let scheduler = try stage.scheduler([task])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [latch = stage.latch] in await scheduler.run(until: latch) }
            _ = await stage.next { event in if case .started = event { true } else { nil } }
            group.cancelAll()
        }
        #expect(try await stage.outcomes(of: "slow") == ["stopped"])
    }

    @Test func `runs that a killed process left are closed`() async throws {
        let stage = try SchedulerStage()
        _ = try await stage.journal().beginRun(job: "task", series: "sweep")
        _ = try await stage.journal().beginRun(job: "backfill", series: "BTCUSD-1m")
        try await stage.run([Self.counted("sweep", Counter())]) { _ in await stage.end(of: "sweep") }
        #expect(try await stage.outcomes(of: "sweep") == ["killed", "done"])
        #expect(try await stage.outcomes(of: "BTCUSD-1m") == [nil])
    }
}
