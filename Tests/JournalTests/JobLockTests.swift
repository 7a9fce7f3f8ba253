import Foundation
import Journal
import Testing

@Suite("JobLock", .timeLimit(.minutes(1))) struct JobLockTests {
    private let host: Host

    init() throws { host = try Host() }

    @Test func `a second holder is told who the first is`() throws {
        let held = try host.journal().lock("backfill BTCUSD-1m")
        let other = try host.journal()
        let fault = #expect(throws: JournalFault.self) { try other.lock("backfill BTCUSD-1m") }
        let pid = ProcessInfo.processInfo.processIdentifier
        #expect(
            fault == .busy(name: "backfill BTCUSD-1m", holder: "process \(pid) (backfill BTCUSD-1m)"))
        #expect(fault?.code == "lock-busy")
        held.release()
        held.release()
        try other.lock("backfill BTCUSD-1m").release()
    }

    @Test func `locks of other names do not exclude each other`() throws {
        let journal = try host.journal()
        let held = try [
            "backfill DUSK:USD-1m", "backfill DUSK_USD-1m", "backfill DUSK/USD-1m", "..", "é",
        ].map {
            try journal.lock($0)
        }
        #expect(held.count == 5)
    }

    @Test func `shared locks exclude only an exclusive one`() throws {
        let journal = try host.journal()
        let first = try journal.lock("writers", exclusive: false)
        let second = try journal.lock("writers", exclusive: false)
        #expect(throws: JournalFault.self) { try journal.lock("writers") }
        first.release()
        #expect(throws: JournalFault.self) { try journal.lock("writers") }
        second.release()
        let alone = try journal.lock("writers")
        #expect(throws: JournalFault.self) { try journal.lock("writers", exclusive: false) }
        alone.release()
    }

    @Test func `a lock that nobody refers to any more is free`() throws {
        let journal = try host.journal()
        _ = try journal.lock("audit")
        try journal.lock("audit").release()
    }

    @Test func `a process that is killed gives its lock back`() throws {
        let journal = try host.journal()
        try journal.lock("stream").release()
        let file = host.folder.appending(path: "locks/stream.lock")
        let output = Pipe()
        let other = Process()
        other.executableURL = URL(filePath: "/usr/bin/flock")
        other.arguments = ["--no-fork", file.path, "sh", "-c", "echo held; exec sleep 600"]
        other.standardOutput = output
        try other.run()
        #expect(output.fileHandleForReading.availableData == Data("held\n".utf8))
        #expect(throws: JournalFault.self) { try journal.lock("stream") }
        kill(other.processIdentifier, SIGKILL)
        other.waitUntilExit()
        try journal.lock("stream").release()
    }

    @Test func `a program that we start does not inherit it`() throws {
        let journal = try host.journal()
        let held = try journal.lock("deploy")
        let input = Pipe()
        let child = Process()
        child.executableURL = URL(filePath: "/bin/cat")
        child.standardInput = input
        try child.run()
        held.release()
        try journal.lock("deploy").release()
        #expect(child.isRunning)
        try input.fileHandleForWriting.close()
        child.waitUntilExit()
    }
}
