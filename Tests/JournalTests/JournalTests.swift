import Foundation
import Journal
import Resilience
import TestSupport
import Testing

@Suite("Journal", .timeLimit(.minutes(1))) struct JournalTests {
    private let host: Host

    init() throws { host = try Host() }

    @Test func `the folder and the file are their owner's alone`() throws {
        let journal = try host.journal()
        func permissions(_ url: URL) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
        }
        #expect(try permissions(host.folder) == 0o700)
        #expect(try permissions(host.database) == 0o600)
        withExtendedLifetime(journal) {}
    }

    @Test func `opening it again changes nothing`() async throws {
        let first = try host.journal()
        let run = try await first.beginRun(job: "backfill", series: "BTCUSD-1m")
        let second = try host.journal()
        #expect(try await second.runs(limit: 10).map(\.id) == [run])
        #expect(try await host.number("PRAGMA user_version") == 6)
    }

    @Test func `a newer journal is refused`() async throws {
        _ = try host.journal()
        try await host.execute("PRAGMA user_version = 99")
        let fault = #expect(throws: JournalFault.self) { try host.journal() }
        #expect(fault == .newer(path: host.database.path, found: 99, known: 6))
        #expect(fault?.code == "journal-newer")
    }

    @Test func `a file that is no journal is refused, and left as it was`() throws {
        try FileManager.default.createDirectory(at: host.folder, withIntermediateDirectories: true)
        let garbage = Data(repeating: 0x5A, count: 8192)
        try garbage.write(to: host.database)
        let fault = #expect(throws: JournalFault.self) { try host.journal() }
        #expect(fault?.code == "journal-unreadable")
        #expect(fault?.summary.contains(host.database.path) == true)
        #expect(try Data(contentsOf: host.database) == garbage)
    }

    @Test func `a state folder that is a file is refused`() throws {
        try Data().write(to: host.folder)
        #expect(throws: JournalFault.self) { try host.journal() }
    }

    @Test(.enabled(if: ProcessInfo.processInfo.userName != "root", "root may write everywhere"))
    func `a folder without permission is refused`() throws {
        try FileManager.default.createDirectory(
            at: host.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o500])
        #expect(throws: JournalFault.self) { try host.journal() }
    }

    @Test func `no permit is given once the journal cannot be read`() async throws {
        let budget = try host.budget(limit: 20)
        try await host.execute("DROP TABLE requests")
        let fault = await #expect(throws: JournalFault.self) {
            try await budget.acquire(endpoint: "candles", priority: .backfill, patience: .seconds(1))
        }
        #expect(fault?.code == "journal-unreadable")
    }

    @Test func `a run is kept with its outcome, and one that was killed without`() async throws {
        let journal = try host.journal()
        let run = try await journal.beginRun(job: "backfill", series: "BTCUSD-1m")
        host.clock.advance(by: .seconds(5))
        try await journal.endRun(run, outcome: "complete", message: nil)
        _ = try await journal.beginRun(job: "migrate", series: nil)
        let runs = try await journal.runs(limit: 10)
        #expect(runs.map(\.job) == ["migrate", "backfill"])
        #expect(runs.map(\.outcome) == [nil, "complete"])
        #expect(runs.last.map { ($0.endedAt ?? 0) - $0.startedAt } == 5000)
    }

    @Test func `many processes can open a new one at once`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<12 {
                group.addTask { [host] in
                    let budget = try host.budget(limit: 600)
                    let permit = try await budget.acquire(
                        endpoint: "candles", priority: .backfill, patience: .zero)
                    try await budget.finish(permit, .answered)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await host.number("SELECT count(*) FROM requests WHERE ended_at IS NOT NULL") == 12)
    }
}
