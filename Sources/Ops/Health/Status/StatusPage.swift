import Candles
package import HostStatus
import Jobs
import Journal

/// A host's report as a page for people: what needs attention first.
package struct StatusPage {
    private let report: HostStatus
    private let now: UnixMilliseconds

    package init(_ report: HostStatus) {
        self.report = report
        now = (try? UnixMilliseconds(iso8601: report.at)) ?? 0
    }

    package var lines: [String] {
        let environment = report.environment.map { " (\($0))" } ?? ""
        let uptime = report.uptimeSeconds.map { ", up \(Age($0 * 1000))" } ?? ""
        return ["\(report.host)\(environment) at \(report.at)\(uptime)", ""] + attention + [""] + data + jobs + tasks
    }

    private var attention: [String] {
        var points = report.alerts.map {
            "\($0.severity): \($0.message) (since \($0.since.map { "\($0)" } ?? "an unknown time"))"
        }
        points += report.problems
        if !report.series.stale.isEmpty { points.append("stale: \(report.series.stale.joined(separator: ", "))") }
        points += report.breakers.filter { $0.state != "closed" }.map { "breaker \($0.name) is \($0.state)" }
        points += report.requests.bans.sorted { $0.key < $1.key }.map { "\($0.key) is left alone until \($0.value)" }
        points += report.backups.compactMap { backup in
            guard let age = backup.ageSeconds else { return "no good \(backup.type) backup; run 'ops backup'" }
            return age * 1000 > HealthRules.backupFresh.milliseconds
                ? "the newest good \(backup.type) backup is \(Age(age * 1000)) old" : nil
        }
        points += report.tasks.filter { $0.outcome.flatMap(RunOutcome.init)?.isGood == false }.map { task in
            "the task \(task.name ?? "") \(task.outcome ?? ""): \(task.message ?? "")"
        }
        return points.isEmpty ? ["Nothing needs attention."] : ["Needs attention:"] + points.map { "  ! \($0)" }
    }

    private var data: [String] {
        let series = report.series
        let newest = series.newestAgeSeconds.map { ", newest \(Age($0 * 1000)) old" } ?? ""
        var lines = [
            "data      \(series.count) series, \(series.candles) candles, \(series.empty) confirmed empty, "
                + "\(series.unknown) unknown, \(series.suspect) suspect\(newest)"
        ]
        lines += report.disks.map { "disk      \($0.freeGb) of \($0.totalGb) GB free at \($0.path)" }
        lines += report.backups.map { backup in
            "backup    \(backup.type): "
                + (backup.file.map { "\($0), \(Age((backup.ageSeconds ?? 0) * 1000)) old" } ?? "none")
        }
        lines.append("requests  \(report.requests.lastMinute ?? 0) in the last minute")
        return lines
    }

    private var jobs: [String] {
        if report.jobs.isEmpty { return [] }
        var table = TextTable(["job", "series", "outcome", "since", "message"])
        for job in report.jobs {
            table.add([
                job.job ?? "", job.series ?? "", outcome(of: job),
                age(job.runningSince ?? job.endedAt ?? job.startedAt),
                job.runningSince == nil ? job.message ?? "" : "",
            ])
        }
        return [""] + table.lines
    }

    /// What became of the newest run, or how far it is: `running, 40 %, 2 min left`.
    private func outcome(of job: HostStatus.Job) -> String {
        guard job.runningSince != nil else { return job.outcome ?? "" }
        guard let progress = job.progress, progress.total > 0 else { return "running" }
        let left = progress.etaSeconds.map { ", \(Age($0 * 1000)) left" } ?? ""
        return "running, \(progress.done * 100 / progress.total) %\(left)"
    }

    private var tasks: [String] {
        if report.tasks.isEmpty { return ["", "No task has run yet; 'ops run' runs them."] }
        var table = TextTable(["task", "outcome", "message", "ended", "next"])
        for task in report.tasks {
            table.add([
                task.name ?? "", task.outcome ?? "", task.message ?? "", age(task.lastEndedAt),
                task.nextAt?.time.map {
                    $0 <= now ? "due" : "in \(Age($0 - now))"
                }
                    ?? "",
            ])
        }
        return [""] + table.lines
    }

    private func age(_ time: ReportedTime?) -> String {
        time?.time.map { "\(Age(now - $0)) ago" } ?? "-"
    }
}
