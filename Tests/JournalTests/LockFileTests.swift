import Foundation
import Journal
import TestSupport
import Testing

/// Whoever may write into a folder can guess the names of the locks in it.
@Suite("Files of locks", .timeLimit(.minutes(1))) struct LockFileTests {
    private let folder: ScratchFolder
    private let lock: String
    private let precious = "precious\n"

    init() throws {
        folder = try ScratchFolder()
        lock = folder.path("ops-backup.lock")
    }

    private func take() throws -> JobLock { try JobLock("ops-backup", exclusive: true, in: folder.url) }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    private func refused() {
        let fault = #expect(throws: JournalFault.self) { try take() }
        #expect(fault.map { "\($0)" }?.contains("move it away") == true, "\(String(describing: fault))")
    }

    @Test func `a link in the place of a lock is refused, and what it leads to stays`() throws {
        try precious.write(toFile: folder.path("victim"), atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: folder.path("victim"))
        refused()
        #expect(text(folder.path("victim")) == precious)
        try FileManager.default.removeItem(atPath: lock)
        try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: folder.path("nowhere"))
        refused()
        #expect(!FileManager.default.fileExists(atPath: folder.path("nowhere")))
    }

    @Test func `a file that is none of ours stays as it is`() throws {
        try precious.write(toFile: lock, atomically: true, encoding: .utf8)
        refused()
        #expect(text(lock) == precious)
        try FileManager.default.removeItem(atPath: lock)
        try Data().write(to: URL(filePath: folder.path("empty")))
        try FileManager.default.linkItem(atPath: folder.path("empty"), toPath: lock)
        refused()
        #expect(text(folder.path("empty"))?.isEmpty == true)
        try FileManager.default.removeItem(atPath: lock)
        try FileManager.default.createDirectory(atPath: lock, withIntermediateDirectories: false)
        #expect(throws: JournalFault.self) { try take() }
        try FileManager.default.removeItem(atPath: lock)
        let made = unsafe mkfifo(lock, 0o600)
        #expect(made == 0)
        refused()
    }

    @Test(arguments: ["", "process 1 (ops-backup)\n", "process 123456789 (\(String(repeating: "x", count: 300)))\n"])
    func `a lock of ours, of any version, is taken and never cut`(content: String) throws {
        try content.write(toFile: lock, atomically: true, encoding: .utf8)
        let held = try take()
        let pid = ProcessInfo.processInfo.processIdentifier
        let fault = #expect(throws: JournalFault.self) { try take() }
        #expect(fault == .busy(name: "ops-backup", holder: "process \(pid) (ops-backup)"))
        #expect((text(lock)?.utf8.count ?? 0) >= content.utf8.count)
        held.release()
        try take().release()
    }
}
