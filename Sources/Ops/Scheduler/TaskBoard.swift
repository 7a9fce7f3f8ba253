import Candles
import Journal
import NIOConcurrencyHelpers

/// What each task does now and when it is due, for all who ask.
final class TaskBoard<C: Clock>: Sendable where C.Duration == Duration {
    private struct Entry {
        let interval: Duration
        let deadline: Duration
        var state: TaskState
        var due: C.Instant?
        var startedAt: C.Instant?
    }

    private struct Board {
        var entries: [Entry]
        var step = WallClockStep()
        var zero: C.Instant?
    }

    private let board: NIOLockedValueBox<Board>

    /// From the deadline to the verdict that a task does not even end when it is told to.
    private static var grace: Duration { .seconds(60) }

    init(_ tasks: [ScheduledTask]) {
        board = NIOLockedValueBox(
            Board(
                entries: tasks.map {
                    Entry(interval: $0.interval, deadline: $0.deadline, state: TaskState(name: $0.name))
                }))
    }

    var states: [TaskState] { board.withLockedValue { $0.entries.map(\.state) } }

    func plan(_ name: String, at due: C.Instant, wall: UnixMilliseconds) {
        change(name) { entry in
            entry.due = due
            entry.startedAt = nil
            entry.state.isRunning = false
            entry.state.nextAt = wall
        }
    }

    func due(_ name: String) -> C.Instant? {
        board.withLockedValue { $0.entries.first { $0.state.name == name }?.due }
    }

    func begin(_ name: String, at instant: C.Instant) {
        change(name) { entry in
            entry.due = nil
            entry.startedAt = instant
            entry.state.isRunning = true
            entry.state.nextAt = nil
        }
    }

    func end(_ name: String, outcome: String, message: String, wall: UnixMilliseconds) {
        change(name) { entry in
            entry.state.lastEndedAt = wall
            entry.state.lastOutcome = outcome
            entry.state.lastMessage = message
        }
    }

    func stuck(at instant: C.Instant) -> [String] {
        board.withLockedValue { board in
            board.entries.filter { entry in
                guard let start = entry.startedAt else { return false }
                return start.duration(to: instant) > entry.deadline + Self.grace
            }.map(\.state.name)
        }
    }

    func askWallClock(wall: UnixMilliseconds, at instant: C.Instant) -> Duration? {
        board.withLockedValue { board in
            let zero = board.zero ?? instant
            board.zero = zero
            return board.step.ask(wall: wall, elapsed: zero.duration(to: instant))
        }
    }

    /// The times of all tasks that wait, by the wall clock as it is now.
    func replan(at instant: C.Instant, wall: UnixMilliseconds) -> [TaskTime] {
        board.withLockedValue { board in
            for index in board.entries.indices {
                guard let due = board.entries[index].due else { continue }
                board.entries[index].state.nextAt = wall + max(.zero, instant.duration(to: due)).milliseconds
            }
            return board.entries.compactMap { entry in
                entry.state.nextAt.map { TaskTime(name: entry.state.name, interval: entry.interval, nextAt: $0) }
            }
        }
    }

    private func change(_ name: String, _ body: (inout Entry) -> Void) {
        board.withLockedValue { board in
            guard let index = board.entries.firstIndex(where: { $0.state.name == name }) else { return }
            body(&board.entries[index])
        }
    }
}
