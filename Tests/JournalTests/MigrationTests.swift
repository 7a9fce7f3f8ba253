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
        #expect(try await host.number("PRAGMA user_version") == 4)
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

    @Test func `what only reads leaves a journal of another version as it is`() async throws {
        try await makeThirdVersion()
        let fault = #expect(throws: JournalFault.self) {
            try Journal(reading: host.folder, now: { 0 })
        }
        #expect(fault?.code == "journal-unreadable")
        #expect(try await host.number("PRAGMA user_version") == 3)
        try await host.execute("PRAGMA user_version = 99")
        let newer = #expect(throws: JournalFault.self) { try Journal(reading: host.folder, now: { 0 }) }
        #expect(newer == .newer(path: host.database.path, found: 99, known: 4))
    }
}
