import Foundation
import Journal
import TestSupport
import Testing

@Suite("WritersLock", .timeLimit(.minutes(1))) struct WritersLockTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func journal(_ name: String) throws -> Journal {
        try Journal(folder: folder.url.appending(path: name)) { 0 }
    }

    private var database: String { "sqlite:" + folder.path("data/candles.db") }

    private func makeFolder() throws {
        try FileManager.default.createDirectory(atPath: folder.path("data"), withIntermediateDirectories: true)
    }

    /// Which of two holds what, and whether the second one is let in.
    @Test(arguments: [(false, false, true), (false, true, false), (true, false, false), (true, true, false)])
    func `writers and restores keep each other out whatever folder their state is in`(
        first: Bool, second: Bool, isLetIn: Bool
    ) throws {
        try makeFolder()
        for other in ["state", "root's state"] {
            let held = try journal("state").lockWriters(of: database, exclusive: first)
            let mine = try? journal(other).lockWriters(of: database, exclusive: second)
            #expect((mine != nil) == isLetIn, "\(other)")
            mine?.release()
            held.release()
            held.release()
            try journal(other).lockWriters(of: database, exclusive: true).release()
        }
    }

    @Test func `what keeps one out is told as busy`() throws {
        try makeFolder()
        let held = try journal("state").lockWriters(of: database, exclusive: false)
        let fault = #expect(throws: JournalFault.self) {
            try journal("other").lockWriters(of: database, exclusive: true)
        }
        #expect(fault == .busy(name: "writers \(database)", holder: nil))
        // The refused one holds nothing.
        try journal("other").lockWriters(of: database, exclusive: false).release()
        held.release()
    }

    @Test func `databases beside each other are apart`() throws {
        try makeFolder()
        let held = try journal("state").lockWriters(of: database, exclusive: true)
        try journal("other").lockWriters(of: database + "2", exclusive: true).release()
        try journal("other").lockWriters(of: "postgres:h:5432/d", exclusive: true).release()
        held.release()
    }

    @Test func `a link in the place of the lock is never followed, and a restore does not go on without a lock`() throws
    {
        try makeFolder()
        let (target, lock) = (folder.path("precious"), folder.path("data/.candles.db.writers"))
        try Data("precious".utf8).write(to: URL(filePath: target))
        try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: target)
        _ = #expect(throws: JournalFault.self) { try journal("state").lockWriters(of: database, exclusive: true) }
        try journal("state").lockWriters(of: database, exclusive: false).release()
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "precious")
    }

    @Test func `a writer makes no folder, and anybody may take the lock that one made`() throws {
        try journal("state").lockWriters(of: database, exclusive: false).release()
        #expect(!FileManager.default.fileExists(atPath: folder.path("data")))
        try journal("state").lockWriters(of: database, exclusive: true).release()
        let there = try FileManager.default.attributesOfItem(atPath: folder.path("data/.candles.db.writers"))
        #expect((there[.posixPermissions] as? NSNumber)?.intValue == 0o644)
        #expect((there[.size] as? NSNumber)?.intValue == 0)
    }
}
