import Alerts
import Candles
import Foundation
import Health
import Host
import HostStatus
import Journal
import Resilience
import Testing

@Suite("What a host says of itself") struct HostStatusTests {
    private static let now: UnixMilliseconds = 1_767_225_600_000

    private static func full() throws -> HostStatus {
        var status = HostStatus()
        status.host = "nas1"
        status.environment = "production"
        status.at = now.iso8601
        status.uptimeSeconds = 5
        status.disks = [HostStatus.Disk(DiskRoom(path: "/data", free: 1_500_000_000, total: 20_000_000_000))]
        status.series.count = 2
        status.series.newestAgeSeconds = 61
        status.series.stale = ["BTCUSD-1m"]
        var job = JobHistory(job: "backfill", series: "BTCUSD-1m")
        job.lastStart = now - 60_000
        job.lastEnd = now - 90_000
        job.lastOk = now - 90_000
        job.runningSince = now - 60_000
        job.outcome = "complete"
        job.durations = [5, 7]
        job.interval = 60_000
        job.nextDue = now
        job.progress = RunProgress(done: 1, total: 4, at: now - 30_000)
        status.jobs = [HostStatus.Job(job, now: now)]
        var task = JobHistory(job: JobName.task.rawValue, series: "backup")
        task.lastStart = now - 2000
        task.lastEnd = now - 1000
        task.outcome = "done"
        task.message = "it / is"
        status.tasks = [
            HostStatus.Job(task, now: now),
            HostStatus.Job(JobHistory(job: JobName.task.rawValue, series: "new"), now: now),
        ]
        status.services = [HostStatus.Service(name: "ops", at: ReportedTime(now))]
        var backup = HostStatus.Backup(type: "sqlite", file: "a.gz", createdAt: ReportedTime(now))
        backup.ageSeconds = 9
        status.backups = [backup, HostStatus.Backup(type: "postgres", file: nil, createdAt: nil)]
        var file = HostStatus.Backup(type: "sqlite", file: "a.gz", createdAt: ReportedTime(now))
        (file.bytes, file.verified, file.rows) = (7, true, 3)
        status.backupFiles = [file]
        var breaker = HostStatus.Breaker(name: "api", state: "half-open")
        (breaker.failures, breaker.refused, breaker.lastError, breaker.since) = (2, 3, "5 in a row", ReportedTime(now))
        status.breakers = [breaker]
        status.requests.lastMinute = 4
        status.requests.bans = ["api.example_host": ReportedTime(now)]
        status.alerts = [
            HostStatus.FiringAlert(
                AlertEntry(
                    key: "k", source: "s", rule: "r", target: "t", severity: 2, message: "m", hint: "h", at: now))
        ]
        status.model = try JSONDecoder().decode(JSONValue.self, from: Data(#"{"name":"ppo","sharpe_ratio":1.5}"#.utf8))
        status.problems = ["p"]
        return status
    }

    @Test func `its JSON is what it was before, byte for byte`() throws {
        let expected = """
            {"alerts":[{"count":1,"hint":"h","id":"k","last":"2026-01-01T00:00:00Z","message":"m","severity":"critical",\
            "since":"2026-01-01T00:00:00Z","source":"s"}],"at":"2026-01-01T00:00:00Z",\
            "backup_files":[{"bytes":7,"created_at":"2026-01-01T00:00:00Z","file":"a.gz","rows":3,"type":"sqlite","verified":true}],\
            "backups":[{"age_seconds":9,"created_at":"2026-01-01T00:00:00Z","file":"a.gz","type":"sqlite"},{"type":"postgres"}],\
            "breakers":[{"failures":2,"last_error":"5 in a row","name":"api","refused":3,"since":"2026-01-01T00:00:00Z",\
            "state":"half-open"}],"disks":[{"free_gb":1.5,"path":"/data","total_gb":20}],"environment":"production",\
            "host":"nas1","jobs":[{"durations_ms":[5,7],"ended_at":"2025-12-31T23:58:30Z","interval_seconds":60,\
            "job":"backfill","last_ok_at":"2025-12-31T23:58:30Z","next_at":"2026-01-01T00:00:00Z","outcome":"complete",\
            "progress":{"done":1,"eta_seconds":90,"total":4},"running_since":"2025-12-31T23:59:00Z","series":"BTCUSD-1m",\
            "started_at":"2025-12-31T23:59:00Z"}],"model":{"name":"ppo","sharpe_ratio":1.5},"problems":["p"],\
            "requests":{"bans":{"api.example_host":"2026-01-01T00:00:00Z"},"last_minute":4},\
            "series":{"candles":0,"count":2,"empty":0,"newest_age_seconds":61,"stale":["BTCUSD-1m"],"suspect":0,"unknown":0},\
            "services":[{"at":"2026-01-01T00:00:00Z","name":"ops"}],"tasks":[{"durations_ms":[],\
            "last_ended_at":"2025-12-31T23:59:59Z","last_started_at":"2025-12-31T23:59:58Z","message":"it / is","name":"backup",\
            "outcome":"done"},{"durations_ms":[],"name":"new"}],"uptime_seconds":5}
            """
        #expect(try Self.full().json() == expected)
        #expect(
            try HostStatus().json() == """
                {"alerts":[],"at":"","backup_files":[],"backups":[],"breakers":[],"disks":[],"host":"","jobs":[],"problems":[],\
                "requests":{"bans":{},"last_minute":0},\
                "series":{"candles":0,"count":0,"empty":0,"stale":[],"suspect":0,"unknown":0},"services":[],"tasks":[]}
                """)
    }

    @Test func `what is read is what was written`() throws {
        let status = try Self.full()
        let read = try HostStatus(json: status.json())
        // Members of the model's metadata are not ours, and their names are read as ours are.
        var (left, right) = (status, read)
        (left.model, right.model) = (nil, nil)
        #expect(left == right)
        let history = try #require(read.jobs.first?.history)
        #expect(history.job == "backfill" && history.series == "BTCUSD-1m" && history.interval == 60_000)
        #expect(history.lastStart == Self.now - 60_000 && history.lastEnd == Self.now - 90_000)
        #expect(read.tasks.compactMap(\.history).map(\.isTask) == [true, true])
    }

    @Test func `what another version leaves out or writes otherwise is no obstacle`() throws {
        #expect(try HostStatus(json: "{}").backupFiles == nil)
        let read = try HostStatus(
            json:
                #"{"disks":[{"path":"/"},{"free_gb":1,"total_gb":2}],"jobs":[{"started_at":7},{"job":"new","ended_at":"?"}]}"#
        )
        #expect(read.disks == [HostStatus.Disk(path: "", freeGb: 1, totalGb: 2)])
        #expect(
            read.jobs.map { $0.history?.job } == [nil, "new"] && read.jobs.compactMap(\.history).first?.lastEnd == nil)
    }
}
