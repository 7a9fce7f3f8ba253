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
