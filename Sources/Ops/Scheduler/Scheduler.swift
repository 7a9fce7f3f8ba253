package import Alerts
package import Candles
package import Host
package import Journal

/// Runs tasks, each in its own time: never two runs of one at once, and none is stopped by another's failure.
///
/// Waits follow a clock that nobody sets. When a task is due next is also in the journal, by wall clock, so that a restart
/// repeats nothing that is not due. Each run is a row of the journal: job `task`, series the task's name.
package struct Scheduler<C: Clock>: Sendable where C.Duration == Duration {
    /// In the journal.
    package static var job: String { JobRun.task }

    let journal: Journal
    let clock: C
    let now: @Sendable () -> UnixMilliseconds
    let alerts: any AlertSink
    let emit: @Sendable (SchedulerEvent) -> Void
    private let tasks: [ScheduledTask]
    private let board: TaskBoard<C>

    /// `clock` measures waits, `now` is the wall clock, `emit` is told what happens.
    package init(
        _ tasks: [ScheduledTask], journal: Journal, clock: C, now: @escaping @Sendable () -> UnixMilliseconds,
        alerts: any AlertSink, emit: @escaping @Sendable (SchedulerEvent) -> Void
    ) {
        self.tasks = tasks
        self.journal = journal
        self.clock = clock
        self.now = now
        self.alerts = alerts
        self.emit = emit
        board = TaskBoard(tasks)
    }

    /// Runs until the latch is closed and the tasks that run then have ended; a cancellation ends these as well.
    package func run(until latch: ShutdownLatch) async {
        await tell { try await journal.endKilledRuns(job: Self.job).forEach { emit(.killed($0)) } }
        var known: [String: UnixMilliseconds] = [:]
        await tell { known = try await journal.taskTimes() }
        let start = clock.now
        for task in tasks {
            let wait = TaskSchedule(interval: task.interval, retry: task.retry)
                .firstWait(nextAt: known[task.name], now: now())
            board.plan(task.name, at: start.advanced(by: wait), wall: now() + wait.milliseconds)
        }
        await withTaskGroup(of: Void.self) { group in
            for task in tasks {
                group.addTask { await TaskLoop(task: task, scheduler: self, board: board).run(until: latch) }
            }
            await group.waitForAll()
        }
    }

    /// Every task, by name.
    package var states: [TaskState] { board.states }

    /// Tasks that have not ended a minute after they were told to: only a new process helps.
    package var stuck: [String] { board.stuck(at: clock.now) }

    /// Corrects the noted times where the wall clock was set; called now and then.
    package func keepTime() async {
        guard let step = board.askWallClock(wall: now(), at: clock.now) else { return }
        emit(.clockStepped(by: step))
        let times = board.replan(at: clock.now, wall: now())
        await tell { try await journal.setTaskTimes(times) }
    }

    func tell(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            emit(.journalFailed(error))
        }
    }
}
