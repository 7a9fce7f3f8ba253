package import Candles

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
