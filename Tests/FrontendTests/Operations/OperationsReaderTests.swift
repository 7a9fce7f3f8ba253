import Alerts
import Candles
import Foundation
import GRDB
import HostStatus
import Journal
import Resilience
import TestSupport
import Testing

@testable import Frontend
@testable import Storage

@Suite(.timeLimit(.minutes(5))) struct OperationsReaderTests {
    private static let now: UnixMilliseconds = 1_767_225_600_000
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private var folder: URL { scratch.url.appending(path: "state") }

    private func journal(at time: UnixMilliseconds = now) throws -> Journal {
        try Journal(folder: folder, now: { time })
    }

    private func read(_ statuses: [PublishedStatus] = [], at time: UnixMilliseconds = now) async -> [HostOperations] {
        await OperationsReader(journalFolder: folder, host: "nas1", now: { time }).operations(statuses: statuses)
    }

    private static func status(_ document: String, host: String = "nas1", age: Int64 = 0) -> PublishedStatus {
        PublishedStatus(host: host, at: now - age, document: document)
    }

    /// As `ops run` publishes it, with a job of every minute that began `age` ms before it was published.
    private static func document(startedAgo age: Int64 = 30_000, more: String = "") -> String {
        """
        {"host": "nas1", "at": "\(now.iso8601)", "uptime_seconds": 864000,
         "disks": [{"free_gb": 12.5, "path": "/home/jane/backups", "total_gb": 100}],
         "jobs": [{"job": "realtime", "series": "BTCUSD-1m", "started_at": "\((now - age).iso8601)",
           "ended_at": "\((now - age + 2000).iso8601)", "outcome": "complete", "durations_ms": [1500, 2000],
           "last_ok_at": "\((now - age + 2000).iso8601)", "interval_seconds": 60, "next_at": "\((now - age + 60_000).iso8601)"}],
         "tasks": [{"name": "backup", "next_at": "\((now + 60_000).iso8601)", "interval_seconds": 3600, "outcome": "done",
           "last_ended_at": "\((now - 1000).iso8601)", "message": "written to /home/jane/backups/a.gz"}],
         "breakers": [{"name": "api", "state": "half-open", "failures": 7, "refused": 2, "last_error": "5 calls in a row failed"}],
         "requests": {"last_minute": 4, "bans": {"api.example": "\((now + 5000).iso8601)"}},
         "problems": ["backups: the folder /home/jane/backups cannot be used"] \(more)}
        """
    }

    @Test func `nothing published and no journal is no host, and makes no file`() async {
        #expect(await read().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func `what a host published fills every row`() async throws {
        let more = """
            , "alerts": [{"severity": "warning", "message": "b", "since": "\(Self.now.iso8601)"},
              {"id": "disk/disk-full//home/jane/x", "severity": "critical", "source": "disk", "message": "/home/jane/x is full",
               "hint": "look at /home/jane/x/y", "since": "\((Self.now - 9000).iso8601)", "last": "\(Self.now.iso8601)", "count": 3}],
            "backups": [{"type": "sqlite", "file": "s2.gz"}, {"type": "postgres", "file": null}],
            "backup_files": [{"type": "sqlite", "file": "s1.gz", "created_at": "\((Self.now - 9000).iso8601)", "bytes": 7, "rows": 5},
              {"type": "sqlite", "file": "s2.gz", "created_at": "\(Self.now.iso8601)", "bytes": 8, "rows": 6, "verified": true}]
            """
        let host = try #require(await read([Self.status(Self.document(more: more))]).first)
        #expect(host.host.host == "nas1" && !host.host.isStale && host.host.uptimeSeconds == 864_000)
        #expect(host.host.disks == [.init(freeGb: 12.5, totalGb: 100)])
        #expect(host.host.bans == [.init(host: "api.example", untilMs: Self.now + 5000)])
        #expect(host.jobs.map(\.id) == ["nas1 realtime BTCUSD-1m", "nas1 task backup"])
        let job = host.jobs[0]
        #expect(
            job.state == .ok && job.durationMs == 2000 && job.durationsMs == [1500, 2000] && job.intervalMs == 60_000)
        #expect(job.nextDueMs == Self.now + 30_000 && job.lastOkMs == Self.now - 28_000)
        #expect(host.jobs[1].message == "written to …/a.gz" && host.jobs[1].intervalMs == 3_600_000)
        #expect(host.breakers.map(\.state) == [.halfOpen] && host.breakers[0].failures == 7)
        #expect(host.alerts.map(\.severity) == ["critical", "warning"])
        #expect(host.alerts[0].count == 3 && host.alerts[0].sinceMs == Self.now - 9000)
        #expect(host.backups.map(\.file) == ["s2.gz", "s1.gz", nil])
        #expect(host.backups.map(\.verified) == [true, nil, nil] && host.backups.map(\.type).last == "postgres")
    }

    @Test func `no folder of any host is in any row`() async throws {
        let own = try journal()
        try await own.endRun(
            try await own.beginRun(job: "backup", series: "sqlite"), outcome: "failed",
            message: "no room in /home/jane/b/c")
        try await own.raiseAlert(.init(channels: [], excluded: []), critical: 2, unsilenced: "log") { now in
            AlertEntry(
                key: "disk/disk-full//home/jane/x", source: "disk", rule: "disk-full", target: "/home/jane/x",
                severity: 2,
                message: "/home/jane/x is full", hint: "see /home/jane/y/z", at: now)
        } rule: { _, _, _ in
            .nothing
        }
        let hosts = await read([Self.status(Self.document()), Self.status(Self.document(), host: "nas2")])
        #expect(hosts.count == 2 && hosts[0].jobs.contains { $0.state == .failing } && hosts[0].alerts.count == 1)
        for host in hosts {
            let rows: [any Encodable] = [host.host] + host.jobs + host.breakers + host.alerts + host.backups
            for row in rows {
                let text = String(decoding: try JSONEncoder().encode(row), as: UTF8.self)
                #expect(!text.contains("jane"), "\(text)")
            }
        }
    }

    @Test func `the journal of this host is newer than what it published, and what only was published stays`()
        async throws
    {
        let own = try journal()
        try await own.endRun(
            try await own.beginRun(job: "backfill", series: "ETHUSD-1h"), outcome: "unavailable", message: "no route")
        try await own.beat("stream")
        let hosts = await read([Self.status(Self.document()), Self.status(Self.document(), host: "nas2")])
        #expect(hosts.map(\.host.host) == ["nas1", "nas2"])
        #expect(hosts[0].jobs.map(\.id) == ["nas1 stream", "nas1 backfill ETHUSD-1h"])
        #expect(hosts[0].jobs.map(\.state) == [.running, .failing])
        #expect(hosts[0].breakers.isEmpty)
        #expect(
            hosts[0].host.disks.count == 1 && hosts[0].host.problems == ["backups: the folder …/backups cannot be used"]
        )
        #expect(hosts[1].jobs.map(\.job) == ["realtime", "task"])
    }

    @Test func `this host is watched while ops run beats, whatever was published`() async throws {
        let own = try journal()
        try await own.beat("ops")
        let old = PublishedStatus(host: "nas1", at: Self.now - 600_000, document: Self.document())
        #expect(await read([old]).map(\.host.isWatched) == [true])
        #expect(await read([old], at: Self.now + 900_000).map(\.host.isWatched) == [false])
        #expect(await read([], at: Self.now).map(\.host.isWatched) == [true])
    }

    @Test func `a journal alone tells of this host`() async throws {
        let own = try journal()
        let run = try await own.beginRun(job: "backfill", series: "BTCUSD-1m")
        try await own.noteProgress(of: run, done: 1, total: 4)
        let host = try #require(await read(at: Self.now + 30_000).first)
        #expect(host.host.host == "nas1" && !host.host.isStale && !host.host.isWatched)
        #expect(host.jobs.map(\.state) == [.running])
        #expect(host.jobs[0].progress?.done == 1 && host.jobs[0].progress?.total == 4)
    }

    @Test func `a journal that cannot be read leaves what was published`() async throws {
        let published = [Self.status(Self.document())]
        let expected = await read(published)
        #expect(expected[0].jobs.count == 2)
        let damages: [(String, (String) throws -> Void)] = [
            ("no table", { try Self.execute("DROP TABLE runs", $0) }),
            ("no journal", { try Data(repeating: 7, count: 9999).write(to: URL(filePath: $0)) }),
        ]
        for (what, damage) in damages {
            try await leaveJournal()
            #expect(await read(published)[0].jobs.map(\.job) == ["audit"])
            try damage(folder.appending(path: "journal.db").path)
            #expect(await read(published) == expected, "\(what)")
            try FileManager.default.removeItem(at: folder)
        }
    }

    @Test(arguments: [(3, "of this dashboard's version run once here"), (99, "install the newer version")])
    func `a journal of another version is told of, and what to do`(version: Int, act: String) async throws {
        try await leaveJournal()
        try Self.execute("PRAGMA user_version = \(version)", folder.appending(path: "journal.db").path)
        let published = [Self.status(Self.document())]
        let expected = try #require(
            await OperationsReader(
                journalFolder: scratch.url.appending(path: "none"), host: "nas1", now: { Self.now }
            ).operations(statuses: published).first)
        let host = try #require(await read(published).first)
        #expect(host.jobs == expected.jobs && host.jobs.count == 2)
        #expect(host.host.problems.count == 2 && host.host.problems.first == expected.host.problems.first)
        let alone = await read()
        #expect(alone.map(\.host.host) == ["nas1"] && alone.first?.jobs.isEmpty == true)
        for problem in [host.host.problems.last, alone.first?.host.problems.last] {
            #expect(problem?.contains("has version \(version)") == true && problem?.contains(act) == true)
            #expect(problem?.contains("/") == false)
        }
    }

    /// A journal with one run, which nobody has open any more.
    private func leaveJournal() async throws {
        let own = try journal()
        try await own.endRun(try await own.beginRun(job: "audit", series: nil), outcome: "complete", message: nil)
    }

    private static func execute(_ sql: String, _ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test func `a journal that is locked is not waited for`() async throws {
        try await leaveJournal()
        let locker = try DatabaseQueue(path: folder.appending(path: "journal.db").path)
        try await locker.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; DELETE FROM runs")
        }
        let start = ContinuousClock.now
        let hosts = await read([Self.status(Self.document())])
        #expect(hosts[0].jobs.map(\.job) == ["realtime", "task"])
        #expect(ContinuousClock.now - start < .seconds(5))
        withExtendedLifetime(locker) {}
    }

    @Test func `what is no report is told, and hides no other host`() async {
        let hosts = await read([
            Self.status("[]", host: "a"), Self.status("{", host: "b"), Self.status(Self.document()),
        ])
        #expect(hosts.map(\.host.host) == ["a", "b", "nas1"])
        #expect(hosts[0].host.problems.count == 1 && hosts[1].host.problems.count == 1 && hosts[2].jobs.count == 2)
        #expect(await read([Self.status("{}")])[0].host.problems.isEmpty)
    }

    @Test(arguments: [
        (Int64(0), Int64(30_000), JobState.ok, false),
        // Its word is taken for an hour.
        (59 * 60_000, 30_000, .ok, true),
        (61 * 60_000, 30_000, .late, true),
        // It said itself that the job did not start.
        (0, 300_000, .late, false),
        (180_000, 30_000, .ok, false),
        (180_001, 30_000, .ok, true),
    ]) func `jobs of another host are judged by its word, as long as that is not too old`(
        _ silence: Int64, _ started: Int64, _ state: JobState, _ isStale: Bool
    ) async throws {
        let status = PublishedStatus(host: "nas2", at: Self.now, document: Self.document(startedAgo: started))
        let host = try #require(await read([status], at: Self.now + silence).first)
        #expect(host.jobs[0].state == state && host.host.isStale == isStale)
        #expect(host.host.isWatched == !isStale)
        #expect(host.breakers.map(\.state) == [silence <= 3_600_000 ? .halfOpen : .unknown])
    }

    @Test func `a host that is gone for a week has no jobs any more that a timer starts`() async throws {
        let status = PublishedStatus(host: "nas2", at: Self.now, document: Self.document())
        let host = try #require(await read([status], at: Self.now + 8 * 86_400_000).first)
        #expect(host.host.isStale && host.jobs.isEmpty)
    }

    @Test func `a run of a host that went silent is running no more`() async throws {
        let document = """
            {"jobs": [{"job": "backfill", "series": "BTCUSD-1m", "started_at": "\(Self.now.iso8601)", "outcome": "partial",
              "running_since": "\(Self.now.iso8601)", "progress": {"done": 3, "total": 9, "eta_seconds": 60}}]}
            """
        let status = PublishedStatus(host: "nas2", at: Self.now, document: document)
        let before = try #require(await read([status], at: Self.now + 600_000).first)
        #expect(before.jobs.map(\.state) == [.running] && before.jobs[0].progress?.etaSeconds == 60)
        let after = try #require(await read([status], at: Self.now + 3_600_001).first)
        #expect(after.jobs.map(\.state) == [.ok] && after.jobs[0].progress == nil)
    }
}
