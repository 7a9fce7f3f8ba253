import Alerts
import Candles
import Foundation
import Frontend
import GRDB
import HostStatus
import Journal
import Resilience
import TestSupport
import Testing

@testable import Storage

/// What `ops` says of its host, as a dashboard on another machine shows it.
@Suite(.timeLimit(.minutes(5))) struct PublishedOperationsTests {
    private let folder: ScratchFolder
    /// A whole second, since that is what a report tells.
    private let now = UnixMilliseconds(Date().timeIntervalSince1970) * 1000

    init() throws { folder = try ScratchFolder() }

    private var state: URL { folder.url.appending(path: "state") }

    private func status() async throws -> PublishedStatus {
        let environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
            "HOME": folder.path, "STATE_DIR": state.path, "BACKUP_DIR": folder.path("backups"),
            "DATABASE_PATH": folder.path("candles.db"),
        ]
        let outcome = try await Command.ops(["status", "--json"], environment).run()
        #expect(outcome.status == 0, "\(outcome.err)")
        return PublishedStatus(host: "nas1", at: now, document: outcome.out)
    }

    /// A timer's runs, one that goes on, one that failed, a task, services, an alert and an open breaker.
    private func fill() async throws {
        let journal = try Journal(folder: state, now: { [now] in now })
        let breaker = SharedCircuitBreaker(journal: journal, name: "api") { BootIdentity.milliseconds }
        for _ in 0..<5 { try await breaker.record(try await breaker.admit(), succeeded: false) }
        await #expect(throws: CircuitOpen.self) { try await breaker.admit() }
        for service in ["ops", "stream"] { try await journal.beat(service) }
        try await journal.setTaskTimes([TaskTime(name: "backup", interval: .seconds(3600), nextAt: now + 60_000)])
        try await journal.raiseAlert(.init(channels: [], excluded: []), critical: 2, unsilenced: "log") { now in
            AlertEntry(
                key: "disk/full/x", source: "disk", rule: "full", target: "x", severity: 2, message: "m", hint: "h",
                at: now)
        } rule: { _, _, _ in
            .nothing
        }
        let queue = try DatabaseQueue(path: state.appending(path: "journal.db").path)
        let pid = ProcessInfo.processInfo.processIdentifier
        try await queue.write { [now] db in
            func add(
                _ job: String, _ series: String, ago: Int64, takes: Int64?, _ outcome: String?, _ message: String? = nil
            ) throws {
                try db.execute(
                    sql: """
                        INSERT INTO runs(job, series, pid, started_at, ended_at, outcome, message, done, total, progress_at)
                        VALUES (?, ?, ?, ?, ?, ?, ?, 30, 90, ?)
                        """,
                    arguments: [
                        job, series, pid, now - ago, takes.map { now - ago + $0 }, outcome, message, now - ago + 2000,
                    ])
            }
            for place in (0..<30).reversed() {
                try add("gap-repair", "BTCUSD-1m", ago: 20_000 + Int64(place) * 21_600_000, takes: 3000, "complete")
            }
            try add("task", "backup", ago: 50_000, takes: 1000, "failed", "no room in /home/jane/x/y")
            try add("backfill", "ETHUSD-1h", ago: 90_000, takes: 1000, "suspect", "rows differ")
            try add("backfill", "BTCUSD-1m", ago: 10_000, takes: nil, nil)
        }
    }

    @Test func `what was published tells the same as the journal itself`() async throws {
        try await fill()
        let status = try await status()
        func operations(_ statuses: [PublishedStatus], journal: URL) async throws -> HostOperations {
            let reader = OperationsReader(journalFolder: journal, host: "nas1", now: { [now] in now })
            return try #require(await reader.operations(statuses: statuses).first)
        }
        var own = try await operations([], journal: state)
        var published = try await operations([status], journal: folder.url.appending(path: "none"))
        #expect(
            own.jobs.map(\.id) == [
                "nas1 stream", "nas1 backfill BTCUSD-1m", "nas1 backfill ETHUSD-1h", "nas1 gap-repair BTCUSD-1m",
                "nas1 task backup",
            ])
        #expect(own.jobs.map(\.state) == [.running, .running, .failing, .ok, .failing])
        #expect(own.jobs[3].durationsMs.count == 20 && own.jobs[3].intervalMs == 21_600_000)
        #expect(own.jobs[1].progress?.done == 30 && own.jobs[1].progress?.total == 90)
        #expect(own.jobs[4].message == "no room in …/y")
        #expect(own.breakers.first?.lastError == "5 calls in a row failed")
        #expect(own.breakers.first?.failures == 5 && own.breakers.first?.refused == 1)
        #expect(abs((own.breakers.first?.retryAtMs ?? 0) - (published.breakers.first?.retryAtMs ?? 1)) <= 60_000)
        for index in own.breakers.indices {
            own.breakers[index].retryAtMs = nil
            published.breakers[index].retryAtMs = nil
        }
        // The report is made some moments after the time that this test calls now.
        own.jobs[1].progress?.etaSeconds = nil
        published.jobs[1].progress?.etaSeconds = nil
        #expect(published.jobs == own.jobs)
        #expect(published.breakers == own.breakers)
        #expect(published.alerts == own.alerts && own.alerts.count == 1)
    }

    @Test func `names that other programs read are still there`() async throws {
        try await fill()
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(try await status().document.utf8)) as? [String: Any])
        func keys(_ list: String) throws -> Set<String> {
            try Set(#require(document[list] as? [[String: Any]]).flatMap(\.keys))
        }
        #expect(try keys("jobs").isSuperset(of: ["job", "series", "started_at", "outcome"]))
        #expect(try keys("tasks").isSuperset(of: ["name", "next_at", "last_ended_at", "outcome", "message"]))
        #expect(try keys("breakers").isSuperset(of: ["name", "state", "failures", "refused", "since", "last_error"]))
        #expect(try keys("alerts") == ["id", "severity", "source", "message", "hint", "since", "last", "count"])
        #expect(try keys("backups") == ["type"])
        #expect(document["backup_files"] as? [String] == [])
        #expect((document["services"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["ops", "stream"])
    }
}
