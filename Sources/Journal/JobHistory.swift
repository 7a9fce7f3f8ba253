package import Candles

/// What is known of a job of one series, or of a task of the scheduler: its newest runs in short.
package struct JobHistory: Sendable, Equatable {
    /// How many runs' durations are told.
    package static let durationLimit = 20

    package let job: String
    /// A series, a type of backup, or the name of a task.
    package let series: String?
    /// When the newest run began, and when the newest ended that did.
    package var lastStart: UnixMilliseconds?
    package var lastEnd: UnixMilliseconds?
    /// Of the newest run that is over; `RunOutcome.killed` for one whose process is gone without a word.
    package var outcome: String?
    package var message: String?
    /// The end of the newest run that left nothing to do.
    package var lastOk: UnixMilliseconds?
    /// Milliseconds that the newest ended runs took, the oldest first.
    package var durations: [Int64] = []
    /// When the run began that goes on now.
    package var runningSince: UnixMilliseconds?
    package var progress: RunProgress?
    /// Milliseconds between two starts; nil for what has no timetable.
    package var interval: Int64?
    package var nextDue: UnixMilliseconds?

    package init(job: String, series: String?) {
        self.job = job
        self.series = series
    }

    package var isTask: Bool { JobName(rawValue: job) == .task }

    /// Whether the newest run that is over failed.
    package var hasFailed: Bool { outcome != nil && JobRun.isFailure(outcome: outcome, message: message) }
}

extension JobHistory {
    /// Made of the newest runs, the newest first; `isRunning` is asked of one without an end.
    init(job: String, series: String?, runs: [JobRun], lastOk: UnixMilliseconds?, isRunning: (JobRun) -> Bool) {
        self.init(job: job, series: series)
        self.lastOk = lastOk
        lastStart = runs.first?.startedAt
        let ended = runs.filter { $0.endedAt != nil }
        lastEnd = ended.first?.endedAt
        durations = ended.prefix(Self.durationLimit).reversed().map { max(0, ($0.endedAt ?? 0) - $0.startedAt) }
        if let first = runs.first, first.endedAt == nil, isRunning(first) {
            runningSince = first.startedAt
            progress = first.progress
        }
        if let over = runs.dropFirst(runningSince == nil ? 0 : 1).first {
            outcome = over.endedAt == nil ? RunOutcome.killed.rawValue : over.outcome
            message = over.message
        }
        if JobName(rawValue: job)?.isTimed == true, let start = lastStart {
            interval = JobTimetable.interval(starts: runs.map(\.startedAt))
            nextDue = interval.map { start + $0 }
        }
    }
}
