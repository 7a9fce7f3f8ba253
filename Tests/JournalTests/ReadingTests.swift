import Foundation
import GRDB
import Journal
import TestSupport
import Testing

/// The journal as a program sees it that may only read.
@Suite(.timeLimit(.minutes(1))) struct ReadingTests {
    private let host: Host

    init() throws { host = try Host() }

    private func reader() throws -> Journal {
        try Journal(reading: host.folder, now: { [host] in host.clock.milliseconds })
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: host.folder.path).sorted()
    }

    @Test func `where there is none, none is made`() throws {
        #expect(throws: JournalFault.self) { try reader() }
        #expect(!FileManager.default.fileExists(atPath: host.folder.path))
        try FileManager.default.createDirectory(at: host.folder, withIntermediateDirectories: true)
        #expect(throws: JournalFault.self) { try reader() }
        #expect(try files() == [])
    }

    @Test func `one that somebody writes is read as it is at that moment`() async throws {
        let journal = try host.journal()
        let run = try await journal.beginRun(job: "backfill", series: "BTCUSD-1m")
        let reader = try reader()
        #expect(try await reader.runs(limit: 9).map(\.id) == [run])
        try await journal.endRun(run, outcome: "complete", message: nil)
        #expect(try await reader.runs(limit: 9).map(\.outcome) == ["complete"])
    }

    @Test func `one that nobody writes is read, and not a byte of its folder changes`() async throws {
        let journal = try host.journal()
        _ = try await journal.beginRun(job: "backfill", series: "BTCUSD-1m")
        // Folds the log into the file and leaves it, as the last process that ends does.
        try await host.execute("PRAGMA user_version = 6")
        let copy = host.scratch.url.appending(path: "closed", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        let source = try DatabaseQueue(path: host.database.path)
        let target = try DatabaseQueue(path: copy.appending(path: "journal.db").path)
        try source.backup(to: target)
        try await target.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
        }
        try target.close()
        let before = try FileManager.default.contentsOfDirectory(atPath: copy.path)
        #expect(before == ["journal.db"])
        let bytes = try Data(contentsOf: copy.appending(path: "journal.db"))
        let reader = try Journal(reading: copy, now: { 0 })
        #expect(try await reader.runs(limit: 9).count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: copy.path) == before)
        #expect(try Data(contentsOf: copy.appending(path: "journal.db")) == bytes)
        withExtendedLifetime(journal) {}
    }

    @Test func `it cannot write`() async throws {
        let journal = try host.journal()
        let reader = try reader()
        await #expect(throws: JournalFault.self) { try await reader.beat("ops") }
        #expect(try await journal.heartbeat(of: "ops") == nil)
    }

    @Test func `a file that is no journal is refused`() throws {
        try FileManager.default.createDirectory(at: host.folder, withIntermediateDirectories: true)
        try Data(repeating: 0x5A, count: 8192).write(to: host.database)
        #expect(throws: JournalFault.self) { try reader() }
        try Data().write(to: host.database)
        #expect(throws: JournalFault.self) { try reader() }
        #expect(try files() == ["journal.db"])
    }
}
