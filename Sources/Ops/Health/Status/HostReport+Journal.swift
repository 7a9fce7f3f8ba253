package import Alerts
package import Candles
package import Journal
import Resilience

// What the journal knows, as a report says it.

extension HostReport.Progress {
    package init(_ progress: RunProgress, since start: UnixMilliseconds, now: UnixMilliseconds) {
        self.init(
            done: progress.done, total: progress.total, etaSeconds: progress.secondsLeft(since: start, now: now))
    }
}

extension HostReport.Job {
    package init(_ history: JobHistory, now: UnixMilliseconds) {
        self.init(
            job: history.job, series: history.series, startedAt: (history.lastStart ?? now).iso8601,
            endedAt: history.lastEnd?.iso8601, outcome: history.outcome, message: history.message,
            lastOkAt: history.lastOk?.iso8601, runningSince: history.runningSince?.iso8601,
            progress: history.progress.map {
                HostReport.Progress($0, since: history.runningSince ?? $0.at, now: now)
            },
            durationsMs: history.durations, intervalSeconds: history.interval.map { $0 / 1000 },
            nextAt: history.nextDue?.iso8601)
    }
}

extension HostReport.Breaker {
    package init(_ standing: BreakerStatus) {
        self.init(
            name: standing.name, state: standing.phase.rawValue, since: standing.since?.iso8601,
            failures: standing.failures, refused: standing.refused, lastError: standing.reason,
            retryAt: standing.retryAt?.iso8601)
    }
}

extension HostReport.FiringAlert {
    package init(_ alert: AlertEntry) {
        self.init(
            id: alert.key, severity: Severity(rawValue: alert.severity)?.name ?? "unknown", source: alert.source,
            message: alert.message, hint: alert.hint, since: alert.firstAt.iso8601, last: alert.lastAt.iso8601,
            count: alert.count)
    }
}
