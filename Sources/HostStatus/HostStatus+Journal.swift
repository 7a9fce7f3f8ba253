package import Candles
package import Journal
import Resilience

// What the journal knows, as a host says it; and jobs as the journal has them, from what another host said.

extension HostStatus.Progress {
    package init(_ progress: RunProgress, of history: JobHistory, now: UnixMilliseconds) {
        self.init(
            done: progress.done, total: progress.total,
            etaSeconds: progress.secondsLeft(since: history.runningSince ?? progress.at, now: now))
    }
}

extension HostStatus.Job {
    package init(_ history: JobHistory, now: UnixMilliseconds) {
        self.init()
        let (start, end) = (history.lastStart.map(ReportedTime.init), history.lastEnd.map(ReportedTime.init))
        if history.isTask {
            name = history.series ?? ""
            (lastStartedAt, lastEndedAt) = (start, end)
        } else {
            (job, series) = (history.job, history.series)
            (startedAt, endedAt) = (start ?? ReportedTime(now), end)
            progress = history.progress.map { HostStatus.Progress($0, of: history, now: now) }
        }
        lastOkAt = history.lastOk.map(ReportedTime.init)
        runningSince = history.runningSince.map(ReportedTime.init)
        nextAt = history.nextDue.map(ReportedTime.init)
        outcome = history.outcome
        message = history.message
        durationsMs = history.durations
        intervalSeconds = history.interval.map { $0 / 1000 }
    }

    /// Nil for what is neither a job nor a task.
    package var history: JobHistory? {
        guard let job = name == nil ? job : JobName.task.rawValue else { return nil }
        var history = JobHistory(job: job, series: name ?? series)
        history.lastStart = (runningSince ?? lastStartedAt ?? startedAt)?.time
        history.lastEnd = (lastEndedAt ?? endedAt)?.time
        history.outcome = outcome
        history.message = message
        history.lastOk = lastOkAt?.time
        history.durations = (durationsMs ?? []).suffix(JobHistory.durationLimit).map(\.bounded)
        history.runningSince = runningSince?.time
        history.interval = intervalSeconds.map { $0.times(1000).bounded }
        history.nextDue = nextAt?.time
        return history
    }
}

extension HostStatus.Breaker {
    package init(_ standing: BreakerStatus) {
        self.init(name: standing.name, state: standing.phase.rawValue)
        (since, retryAt) = (standing.since.map(ReportedTime.init), standing.retryAt.map(ReportedTime.init))
        (failures, refused, lastError) = (standing.failures, standing.refused, standing.reason)
    }
}
