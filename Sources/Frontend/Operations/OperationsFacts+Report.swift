import Alerts
import Candles
import HostStatus
import Journal
import Resilience
import Storage

extension OperationsFacts {
    /// Silent for longer than this, a host's word on its jobs is no longer taken for how they stand now.
    private static let patience: Int64 = 3_600_000

    /// What a host published.
    ///
    /// Its jobs are judged at the time that it spoke, so that a pause of `ops run` makes none of them late; after an hour of silence
    /// they are judged as of now, nothing is running any more, and nobody knows how its breakers stand.
    init(_ report: HostStatus, of status: PublishedStatus, now: UnixMilliseconds) {
        let isHeard = now - status.at <= Self.patience
        var moment = JobMoment(now: isHeard ? status.at : now, scheduler: isHeard ? .alive : .silent)
        if isHeard { moment.bootedAt = report.uptimeSeconds.map { status.at.minus($0.times(1000).bounded) } }
        self.init(moment: moment)
        for service in report.services { services[service.name] = service.at.time }
        self.moment.isStreaming = services[Self.stream].map { Self.isFresh($0, moment.now) } ?? false
        jobs = (report.jobs + report.tasks).compactMap { job in
            guard var history = job.history else { return nil }
            if !isHeard { history.runningSince = nil }
            return Job(history: history, progress: job.progress)
        }
        breakers = report.breakers.map { breaker in
            var row = BreakerRow(breaker, host: status.host)
            if !isHeard { row.state = .unknown }
            return row
        }
        alerts = report.alerts.map { AlertRow($0, of: status) }
    }
}

extension BreakerRow {
    init(_ breaker: HostStatus.Breaker, host: String) {
        self.init(
            name: breaker.name, host: host, state: State(breaker.state), failures: breaker.failures ?? 0,
            refused: breaker.refused ?? 0)
        sinceMs = breaker.since?.time
        lastError = breaker.lastError.map(FolderlessText.of)
        retryAtMs = breaker.retryAt?.time
    }
}

extension AlertRow {
    init(_ alert: HostStatus.FiringAlert, of status: PublishedStatus) {
        let since = alert.since?.time ?? status.at
        self.init(
            id: Self.id(alert.id ?? alert.message), host: status.host, severity: alert.severity,
            source: FolderlessText.of(alert.source ?? ""), message: FolderlessText.of(alert.message),
            hint: alert.hint.map(FolderlessText.of), sinceMs: since, lastMs: alert.last?.time ?? since,
            count: alert.count ?? 1)
    }
}

extension BackupRow {
    /// Every file, the newest first, and each type that has none.
    static func rows(_ report: HostStatus, host: String) -> [BackupRow] {
        let files = report.backupFiles ?? report.backups.filter { $0.file != nil }
        let missing = report.backups.filter { backup in
            backup.file == nil && !files.contains { $0.type == backup.type }
        }
        return files.map { BackupRow($0, host: host) }.sorted { ($0.atMs ?? 0) > ($1.atMs ?? 0) }
            + missing.map { BackupRow($0, host: host) }
    }

    private init(_ backup: HostStatus.Backup, host: String) {
        self.init(host: host, type: backup.type)
        file = backup.file.flatMap { $0.split(separator: "/").last.map(String.init) }
        atMs = backup.createdAt?.time
        bytes = backup.bytes
        verified = backup.verified
        rows = backup.rows
    }
}

extension HostRow {
    /// As `ops run` publishes every minute.
    static func isStale(_ at: UnixMilliseconds, now: UnixMilliseconds) -> Bool { now - at > 180_000 }

    init(_ report: HostStatus, of status: PublishedStatus, now: UnixMilliseconds) {
        let isStale = Self.isStale(status.at, now: now)
        self.init(host: status.host, atMs: status.at, isStale: isStale, isWatched: !isStale)
        uptimeSeconds = report.uptimeSeconds
        disks = report.disks.map { Disk(freeGb: $0.freeGb, totalGb: $0.totalGb) }
        requestsLastMinute = report.requests.lastMinute
        bans = report.requests.bans.sorted { $0.key < $1.key }.compactMap { name, until in
            until.time.map { Ban(host: name, untilMs: $0) }
        }
        problems = report.problems.map(FolderlessText.of)
    }
}
