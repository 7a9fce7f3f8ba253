import Alerts
import Candles
import CommandRuntime
import Foundation
import Host
import Journal
import Logging
import Logs
import Scheduler
import Tasks

/// The tasks of `ops run`, and how often each is done.
struct TaskList: Sendable {
    let parts: Composition
    let journal: Journal
    let alerts: any AlertSink
    let logger: Logger
    /// Closed once the end has begun.
    let stop: ShutdownLatch

    private static let minute = Duration.seconds(60)
    private static let hour = Duration.seconds(3600)

    var tasks: [ScheduledTask] { watching + keeping + chosen }

    /// Those that look, often.
    private var watching: [ScheduledTask] {
        let breakers = BreakerWatch(journal: journal, alerts: alerts)
        let jobs = JobWatch(journal: journal, alerts: alerts, now: Composition.now)
        let disk = DiskCheck(alerts: alerts) { parts.diskRooms() }
        let freshness = FreshnessCheck(alerts: alerts, now: Composition.now) { try await parts.gaps($0) }
        let units = UnitWatch(journal: journal, alerts: alerts, now: Composition.now)
        let status = HostStatusTask(parts: parts)
        return [
            ScheduledTask("breaker_watch", every: .seconds(30), deadline: Self.minute) { try await breakers.run() },
            ScheduledTask("job_watch", every: Self.minute, deadline: Self.minute) { try await jobs.run() },
            ScheduledTask("unit_watch", every: Self.minute * 5, deadline: Self.minute) {
                do {
                    return try await units.run()
                } catch ProgramFault.missing {
                    return .idle("there is no systemd")
                }
            },
            ScheduledTask("host_status", every: Self.minute, deadline: Self.minute) { try await status.run() },
            ScheduledTask("disk_check", every: Self.minute * 5, deadline: Self.minute) { try await disk.run() },
            ScheduledTask("freshness_check", every: Self.minute * 5, deadline: Self.minute * 2) {
                guard parts.hasDatabase else { return .idle("there is no database yet") }
                return try await freshness.run()
            },
        ]
    }

    /// Those that do something about it, seldom.
    private var keeping: [ScheduledTask] {
        let backup = BackupTask(parts: parts, alerts: alerts)
        let sweep = GapSweep(
            ingest: Installation.program("ingest").path, environment: parts.childEnvironment, now: Composition.now
        ) { try await parts.gaps($0) }
        let report = StatusReportTask(parts: parts, alerts: alerts)
        return [
            ScheduledTask("backup", every: Self.hour, deadline: Self.hour * 2) { try await backup.run() },
            ScheduledTask("gap_sweep", every: Self.hour * 6, retry: Self.hour, deadline: Self.hour) {
                guard parts.hasDatabase else { return .idle("there is no database yet") }
                return try await sweep.run()
            },
            ScheduledTask("log_rotation", every: Self.hour, deadline: Self.minute * 10) {
                try await LogRotationTask.run(parts, logger)
            },
            ScheduledTask("status_report", every: Self.hour * 24, retry: Self.hour, deadline: Self.minute) {
                try await report.run()
            },
        ]
    }

    /// Those that a setting asks for.
    private var chosen: [ScheduledTask] {
        var tasks: [ScheduledTask] = []
        let settings = parts.settings.tasks
        if let pattern = settings.processPattern {
            let check = ProcessCheck(
                pattern, restart: settings.processRestart, limit: parts.settings.watchdog.maxRestarts, journal: journal,
                alerts: alerts, logs: parts.settings.logs.folder, clock: ContinuousClock(), until: stop)
            tasks.append(
                ScheduledTask("process_check", every: Self.minute * 15, deadline: Self.minute * 2) {
                    try await check.run()
                })
        }
        if let folder = settings.gitFolder {
            let backup = GitBackup(script: Installation.script("sync_champion.sh").path, folder: folder.path)
            tasks.append(
                ScheduledTask("git_backup", every: Self.hour * 6, retry: Self.hour, deadline: GitBackup.deadline) {
                    try await backup.run()
                })
        }
        if let ping = parts.alertPing(note: { logger.warning("\($0)") }) {
            let task = DeadManTask(journal: journal, ping: ping, now: Composition.now)
            tasks.append(
                ScheduledTask("dead_man_ping", every: Self.minute * 5, retry: Self.minute, deadline: Self.minute) {
                    try await task.run()
                })
        }
        return tasks
    }
}
