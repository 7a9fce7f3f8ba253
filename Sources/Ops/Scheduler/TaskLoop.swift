import Alerts
import Candles
import Host
import Journal
import Resilience

/// Runs one task when it is due, until the latch is closed.
struct TaskLoop<C: Clock>: Sendable where C.Duration == Duration {
    let task: ScheduledTask
    let scheduler: Scheduler<C>
    let board: TaskBoard<C>

    private var clock: C { scheduler.clock }

    /// How a run ended, as the journal has it.
    private enum Ending {
        case result(TaskResult)
        case failed(any Error)
        case overdue
        case stopped

        var outcome: RunOutcome {
            switch self {
            case .result(.done): .done
            case .result(.idle): .idle
            case .failed: .failed
            case .overdue: .overdue
            case .stopped: .stopped
            }
        }

        var isFailure: Bool {
            switch self {
            case .failed, .overdue: true
            case .result, .stopped: false
            }
        }
    }

    func run(until latch: ShutdownLatch) async {
        while let due = board.due(task.name), await latch.sleep(until: due, clock: clock), !latch.isClosed {
            let ending = await runOnce()
            var generator = SystemRandomNumberGenerator()
            let wait = TaskSchedule(interval: task.interval, retry: task.retry)
                .wait(afterFailure: ending.isFailure, using: &generator)
            if case .stopped = ending { return }
            let nextAt = scheduler.now() + wait.milliseconds
            board.plan(task.name, at: clock.now.advanced(by: wait), wall: nextAt)
            let time = TaskTime(name: task.name, interval: task.interval, nextAt: nextAt)
            await scheduler.tell { try await scheduler.journal.setTaskTimes([time]) }
        }
    }

    private func runOnce() async -> Ending {
        let start = clock.now
        board.begin(task.name, at: start)
        scheduler.emit(.started(task.name))
        var run: Int64?
        await scheduler.tell {
            run = try await scheduler.journal.beginRun(
                job: Scheduler<C>.job, series: task.name, memory: max(.seconds(86_400), task.interval * 500))
        }
        let ending = await work(run)
        if case .overdue = ending { return ending }  // Noted when it was.
        await note(ending, run, after: start.duration(to: clock.now))
        return ending
    }

    /// Runs the work within its deadline; returns once it has really ended.
    private func work(_ run: Int64?) async -> Ending {
        do {
            return try await withDeadline(
                task.deadline, of: clock, orThrow: Overdue(),
                atExpiry: { await note(.overdue, run, after: task.deadline) }
            ) {
                do {
                    return .result(try await task.work())
                } catch {
                    return Task.isCancelled ? .stopped : .failed(error)
                }
            }
        } catch {
            return error is Overdue ? .overdue : .stopped
        }
    }

    private struct Overdue: Error {}

    /// Tells the journal, the log, and a person where it matters.
    private func note(_ ending: Ending, _ run: Int64?, after duration: Duration) async {
        let message: String
        switch ending {
        case .result(let result):
            message = result.message
            scheduler.emit(.ended(task.name, result, after: duration))
            await scheduler.alerts.resolve(
                source: "scheduler", rule: "task-failed", target: task.name, message: "\(task.name) works again")
        case .failed(let error):
            message = (error as? any Fault).map(\.description) ?? "\(error)"
            scheduler.emit(.failed(task.name, error, run: run))
            await alert("the task \(task.name) failed: \(message)", hint: (error as? any Fault)?.hint)
        case .overdue:
            message = "did not end within \(task.deadline.milliseconds / 1000) s"
            scheduler.emit(.overdue(task.name, deadline: task.deadline, run: run))
            await alert("the task \(task.name) \(message), and was told to end", hint: nil)
        case .stopped:
            message = "stopped with the program"
            scheduler.emit(.stopped(task.name))
        }
        board.end(task.name, outcome: ending.outcome.rawValue, message: message, wall: scheduler.now())
        guard let run else { return }
        await scheduler.tell {
            try await scheduler.journal.endRun(run, outcome: ending.outcome.rawValue, message: message)
        }
    }

    private func alert(_ message: String, hint: String?) async {
        await scheduler.alerts.raise(
            Alert(
                source: "scheduler", rule: "task-failed", target: task.name, severity: .warning, message: message,
                hint: hint ?? "look at 'ops status' and at the log of ops run"))
    }
}
