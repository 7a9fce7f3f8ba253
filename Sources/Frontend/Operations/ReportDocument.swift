import Candles
import Foundation
import Journal
import Resilience

/// What `ops run` publishes of its host, as far as a dashboard shows it; `HostReport` writes it.
///
/// Nothing in it is required: another host may run another version.
struct ReportDocument: Decodable, Sendable {
    struct Disk: Decodable, Sendable {
        let freeGb: Double?
        let totalGb: Double?
    }

    struct Progress: Decodable, Sendable {
        let done: Int
        let total: Int
        let etaSeconds: Int64?
    }

    /// A job, or a task by its `name`.
    struct Job: Decodable, Sendable {
        let job: String?
        let series: String?
        let name: String?
        let startedAt: ReportTime?
        let endedAt: ReportTime?
        let lastStartedAt: ReportTime?
        let lastEndedAt: ReportTime?
        let lastOkAt: ReportTime?
        let runningSince: ReportTime?
        let nextAt: ReportTime?
        let outcome: String?
        let message: String?
        let durationsMs: [Int64]?
        let intervalSeconds: Int64?
        let progress: Progress?
    }

    struct Service: Decodable, Sendable {
        let name: String
        let at: ReportTime
    }

    struct Breaker: Decodable, Sendable {
        let name: String
        let state: String
        let since: ReportTime?
        let failures: Int?
        let refused: Int?
        let lastError: String?
        let retryAt: ReportTime?
    }

    struct Alert: Decodable, Sendable {
        let id: String?
        let severity: String
        let source: String?
        let message: String
        let hint: String?
        let since: ReportTime?
        let last: ReportTime?
        let count: Int?
    }

    struct Backup: Decodable, Sendable {
        let type: String
        let file: String?
        let createdAt: ReportTime?
        let bytes: Int64?
        let verified: Bool?
        let rows: Int?
    }

    struct Requests: Decodable, Sendable {
        let lastMinute: Int?
        let bans: [String: ReportTime]?
    }

    let uptimeSeconds: Int64?
    let disks: [Disk]?
    let jobs: [Job]?
    let tasks: [Job]?
    let services: [Service]?
    let breakers: [Breaker]?
    let alerts: [Alert]?
    let backups: [Backup]?
    let backupFiles: [Backup]?
    let requests: Requests?
    let problems: [String]?

    init(_ text: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Self.self, from: Data(text.utf8))
    }
}

/// ISO 8601 in UTC; nil where it is written otherwise.
struct ReportTime: Decodable, Sendable {
    let time: UnixMilliseconds?

    init(from decoder: any Decoder) throws {
        time = try? UnixMilliseconds(iso8601: decoder.singleValueContainer().decode(String.self))
    }
}

extension ReportDocument.Job {
    var history: JobHistory? {
        guard let job = name == nil ? job : JobRun.task else { return nil }
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
