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
    package static var job: String { JobName.task.rawValue }

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

/// What the scheduler does: for logs.
package enum SchedulerEvent: Sendable {
    case started(String)
    case ended(String, TaskResult, after: Duration)
    /// `run` is the journal's number of it, where it has one.
    case failed(String, any Error, run: Int64?)
    /// Its deadline has passed; it was told to end, and none is started before it did.
    case overdue(String, deadline: Duration, run: Int64?)
    /// It was told to end with the program.
    case stopped(String)
    /// A run of a process that is gone has no end.
    case killed(String)
    case clockStepped(by: Duration)
    /// The journal does not take what it is told; tasks run all the same.
    case journalFailed(any Error)
}

/// A task at a moment.
package struct TaskState: Sendable, Equatable {
    package let name: String
    package var isRunning = false
    /// Nil while it runs.
    package var nextAt: UnixMilliseconds?
    package var lastEndedAt: UnixMilliseconds?
    /// `done`, `idle`, `failed`, `overdue` or `stopped`; nil before the first end.
    package var lastOutcome: String?
    package var lastMessage: String?
}

/// One thing that is done again and again.
package struct ScheduledTask: Sendable {
    /// Stable: the name in the journal, in logs and in alerts.
    package let name: String
    /// From one end to the next start.
    package let interval: Duration
    /// From a failure to the next start; never longer than `interval`.
    package let retry: Duration
    /// A run that takes longer is cancelled, and a person is told.
    package let deadline: Duration
    package let work: @Sendable () async throws -> TaskResult

    /// `work` ends soon once it is cancelled.
    package init(
        _ name: String, every interval: Duration, retry: Duration? = nil, deadline: Duration,
        work: @escaping @Sendable () async throws -> TaskResult
    ) {
        self.name = name
        self.interval = interval
        self.retry = min(retry ?? interval, interval)
        self.deadline = deadline
        self.work = work
    }
}

/// What became of a run that did not fail.
package enum TaskResult: Sendable, Equatable {
    case done(String)
    /// There was nothing to do, for a reason in words.
    case idle(String)

    package var message: String {
        switch self {
        case .done(let message), .idle(let message): message
        }
    }
}

/// When a task runs: rules without a clock.
struct TaskSchedule {
    let interval: Duration
    let retry: Duration

    /// The share of a wait that chance may add, so that tasks of one interval do not all start at once.
    private static let jitter = 0.05

    /// How long a process that has just begun waits for a task that was noted to be due at `nextAt`.
    ///
    /// Never longer than the interval, whatever the wall clock did meanwhile.
    func firstWait(nextAt: UnixMilliseconds?, now: UnixMilliseconds) -> Duration {
        guard let nextAt else { return .zero }
        return min(max(.zero, .milliseconds(nextAt - now)), longest)
    }

    func wait(afterFailure: Bool, using generator: inout some RandomNumberGenerator) -> Duration {
        let base = afterFailure ? retry : interval
        return base + base * Double.random(in: 0...Self.jitter, using: &generator)
    }

    private var longest: Duration { interval + interval * Self.jitter }
}
