import Alerts
import Candles
import HostStatus
import Journal

/// What is known of one host, whether it was published or read from its journal; `rows` says it as a dashboard shows it.
struct OperationsFacts: Sendable {
    /// Its progress, with what is left.
    struct Job: Sendable {
        let history: JobHistory
        let progress: HostStatus.Progress?
    }

    /// Services that say that they work, and when each did last.
    var services: [String: UnixMilliseconds] = [:]
    var jobs: [Job] = []
    var breakers: [BreakerRow] = []
    var alerts: [AlertRow] = []
    var moment: JobMoment

    /// In the heartbeats of a journal.
    static let stream = ServiceName.stream.rawValue
    static let scheduler = ServiceName.ops.rawValue

    init(moment: JobMoment) { self.moment = moment }

    func fill(_ operations: inout HostOperations) {
        let host = operations.host.host
        operations.jobs = streamRow(host) + jobs.compactMap { row($0, host) }
        operations.breakers = breakers
        operations.alerts = alerts.enumerated().sorted {
            (Self.gravity($1.element), $0.offset) < (Self.gravity($0.element), $1.offset)
        }.map(\.element)
    }

    private static func gravity(_ alert: AlertRow) -> Int {
        Severity(name: alert.severity)?.rawValue ?? Severity.info.rawValue
    }

    private func streamRow(_ host: String) -> [JobRow] {
        guard let at = services[Self.stream], let state = ServiceState.state(beatAt: at, now: moment.now) else {
            return []
        }
        var row = JobRow(
            id: "\(host) \(Self.stream)", host: host, job: Self.stream, state: state == .running ? .running : .late)
        row.lastOkMs = at
        return [row]
    }

    private func row(_ job: Job, _ host: String) -> JobRow? {
        let history = job.history
        guard let state = history.state(at: moment) else { return nil }
        let target = history.series.map { " \($0)" } ?? ""
        var row = JobRow(id: "\(host) \(history.job)\(target)", host: host, job: history.job, state: state)
        row.target = history.series
        row.outcome = history.outcome
        row.message = history.message.map(FolderlessText.of)
        row.lastStartMs = history.lastStart
        row.lastEndMs = history.lastEnd
        row.lastOkMs = history.lastOk
        row.durationMs = history.durations.last
        row.durationsMs = history.durations
        row.intervalMs = history.interval
        row.nextDueMs = history.nextDue
        row.progress = state == .running ? job.progress.map(JobRow.Progress.init) : nil
        return row
    }
}
