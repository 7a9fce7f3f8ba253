import Alerts
import Foundation
import TestSupport
import Testing

@testable import Journal

@Suite struct MigrationTests {
    private let host: Host

    init() throws { host = try Host() }

    /// A journal of the third version, with rows.
    private func makeThirdVersion() async throws {
        try FileManager.default.createDirectory(at: host.folder, withIntermediateDirectories: true)
        for step in JournalSchema.steps.prefix(3) { try await host.execute(step) }
        try await host.execute(
            """
            PRAGMA user_version = 3;
            INSERT INTO runs(job, series, pid, started_at, ended_at, outcome) VALUES ('backfill', 'BTCUSD-1h', 7, 1, 2, 'complete');
            INSERT INTO runs(job, series, pid, started_at) VALUES ('task', 'backup', 7, 3);
            INSERT INTO tasks(name, interval, next_at) VALUES ('backup', 3600000, 9);
            INSERT INTO alerts(key, source, rule, target, severity, message, first_at, last_at, count)
            VALUES ('a/b/c', 'a', 'b', 'c', 2, 'm', 4, 5, 6);
            """)
    }

    @Test func `a journal of the third version keeps its rows, and takes how far runs are`() async throws {
        try await makeThirdVersion()
        let journal = try host.journal()
        #expect(try await host.number("PRAGMA user_version") == 6)
        let runs = try await journal.runs(limit: 10)
        #expect(runs.map(\.job) == ["task", "backfill"])
        #expect(runs.map(\.pid) == [7, 7])
        #expect(runs.map(\.outcome) == [nil, "complete"])
        #expect(runs.allSatisfy { $0.progress == nil })
        #expect(try await journal.firingAlerts(since: 0).map(\.count) == [6])
        #expect(try await journal.taskTimes() == ["backup": 9])
        try await journal.noteProgress(of: runs[0].id, done: 3, total: 12)
        let progress = try await journal.runs(limit: 1)[0].progress
        #expect(progress == RunProgress(done: 3, total: 12, at: host.clock.milliseconds))
    }

    @Test func `an alert that an earlier version kept under a key of cut texts goes on under its own`() async throws {
        try await makeThirdVersion()
        try await host.execute(
            """
            INSERT INTO alerts(key, source, rule, target, severity, message, first_at, last_at, count)
            VALUES ('x/y/r/', 'x/y', 'r', '', 2, 'm', 4, 5, 6);
            INSERT INTO deliveries(key, channel, told_at, told_severity, told_kind, sequence, folded, attempts, not_before, in_doubt)
            VALUES ('x/y/r/', 'log', 4, 2, 'firing', 1, 0, 0, 0, 0);
            """)
        let journal = try host.journal()
        let earlier = EarlierAlert(key: "x/y/r/", source: "x/y", rule: "r", target: "")
        let stranger = EarlierAlert(key: "a/b/c", source: "a/b", rule: "c", target: "")
        func raise(_ key: String, _ source: String, _ rule: String, earlier: EarlierAlert) async throws {
            try await journal.raiseAlert(
                AlertRoute(channels: ["log"]), critical: 2, unsilenced: "log", earlier: earlier,
                { now in
                    AlertEntry(
                        key: key, source: source, rule: rule, target: "", severity: 2, message: "m", hint: nil, at: now)
                },
                rule: { row, _, _ in row.told == nil ? .firing : .folded })
        }
        for _ in 0..<2 { try await raise(#"x\/y/r/"#, "x/y", "r", earlier: earlier) }
        try await raise(#"a\/b/c/"#, "a/b", "c", earlier: stranger)
        let firing = try await journal.firingAlerts(since: 0)
        #expect(
            Dictionary(uniqueKeysWithValues: firing.map { ($0.key, $0.count) }) == [
                #"x\/y/r/"#: 8, "a/b/c": 6, #"a\/b/c/"#: 1,
            ])
        #expect(try await journal.alertDeliveries(of: #"x\/y/r/"#).first?.told?.at == 4)
        #expect(try await journal.alertDeliveries(of: "x/y/r/").isEmpty)
    }

    @Test func `an alert of an earlier version is over when its end is told`() async throws {
        try await makeThirdVersion()
        try await host.execute(
            """
            INSERT INTO alerts(key, source, rule, target, severity, message, first_at, last_at, count)
            VALUES ('x/y/r/', 'x/y', 'r', '', 2, 'm', 4, 5, 6);
            """)
        let journal = try host.journal()
        try await journal.resolveAlert(
            #"x\/y/r/"#, message: "over", earlier: EarlierAlert(key: "x/y/r/", source: "x/y", rule: "r", target: "")
        ) { _, _, _ in .resolved }
        #expect(try await journal.firingAlerts(since: 0).map(\.key) == ["a/b/c"])
    }

    @Test func `what only reads leaves a journal of another version as it is`() async throws {
        try await makeThirdVersion()
        let fault = #expect(throws: JournalFault.self) {
            try Journal(reading: host.folder, now: { 0 })
        }
        #expect(fault?.code == "journal-unreadable")
        #expect(try await host.number("PRAGMA user_version") == 3)
        try await host.execute("PRAGMA user_version = 99")
        let newer = #expect(throws: JournalFault.self) { try Journal(reading: host.folder, now: { 0 }) }
        #expect(newer == .newer(path: host.database.path, found: 99, known: 6))
    }
}
