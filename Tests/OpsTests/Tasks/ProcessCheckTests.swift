import Alerts
import Foundation
import GRDB
import Host
import Journal
import NIOConcurrencyHelpers
import Scheduler
import Subprocess
import TestSupport
import Testing

@testable import Tasks

@Suite("Tasks: a process that matters", .timeLimit(.minutes(1))) struct ProcessCheckTests {
    private static func host() throws -> (SchedulerStage, RecordedAlerts) {
        let stage = try SchedulerStage()
        return (stage, stage.alerts)
    }

    private func check(
        _ pattern: String, _ restart: String?, _ stage: SchedulerStage, _ alerts: RecordedAlerts,
        commandLines: @escaping @Sendable () -> [String]
    ) throws -> ProcessCheck<ScaledClock> {
        ProcessCheck(
            pattern, restart: restart, limit: 2, journal: try stage.journal(), alerts: alerts, logs: folder.url,
            clock: ScaledClock(speed: 100, startingAt: 0), commandLines: commandLines)
    }

    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private var log: String {
        (try? String(contentsOfFile: folder.path("service_process_restart.log"), encoding: .utf8)) ?? ""
    }

    @Test func `a real process is found by its command line`() async throws {
        let name = "wanted-\(UUID().uuidString)"
        let (stage, alerts) = try Self.host()
        let check = ProcessCheck(
            name, restart: nil, limit: 2, journal: try stage.journal(), alerts: alerts, logs: folder.url,
            clock: ContinuousClock())
        #expect(try await check.run() == .done("not running"))
        #expect(alerts.raised.map(\.severity) == [.warning])
        _ = try await Subprocess.run(
            .name("sh"), arguments: ["-c", "echo ready; while :; do sleep 0.1; done", name], input: .none,
            output: .sequence, error: .discarded
        ) { execution in
            for try await _ in execution.standardOutput { break }
            #expect(RunningProcess.all().contains { $0.pid == execution.processIdentifier.value })
            try execution.send(signal: .kill)
        }
    }

    @Test func `one that is gone is started again where it is said how, and called started once it runs after 30 s`()
        async throws
    {
        let (stage, alerts) = try Self.host()
        let mark = folder.path("mark")
        let gone = try check("train\\.py", "echo begun; echo started > '\(mark)'", stage, alerts) {
            FileManager.default.fileExists(atPath: mark) ? ["sh", "python3 train.py"] : ["sh", "vi train_py"]
        }
        #expect(try await gone.run() == .done("started again"))
        #expect(alerts.raised.first?.message == "no process matched 'train\\.py'; it was started again")
        #expect(log == "begun\n")
        let running = try check("train\\.py", nil, stage, alerts) { ["python3 train.py"] }
        #expect(try await running.run() == .done("1 running"))
        #expect(alerts.resolved == ["process/process-missing/train\\.py"])
    }

    @Test func `a command that ends well and leaves nothing running has started nothing`() async throws {
        let (stage, alerts) = try Self.host()
        let check = try check("x", "echo dying", stage, alerts) { [] }
        let error = await #expect(throws: ProcessCheckFault.self) { _ = try await check.run() }
        #expect(error?.summary.contains("30 s after PROCESS_RESTART_COMMAND: dying") == true)
        #expect(alerts.raised.map(\.severity) == [.warning])
        let rows = try await stage.journal().restarts(limit: 5)
        #expect(rows.map(\.outcome) == ["failed"])
    }

    @Test func `what a command leaves in the background prints on, in a session of its own`() async throws {
        let (stage, alerts) = try Self.host()
        let (go, pid) = (folder.path("go"), folder.path("pid"))
        let waits = """
            (echo one; while [ ! -e '\(go)' ]; do sleep 0.05; done; echo two; cut -d ' ' -f 6 /proc/self/stat > '\(pid)') &
            """
        // It is missing at first, and there when it is looked at again.
        let looks = NIOLockedValueBox(0)
        let missing = ProcessCheck(
            "x", restart: waits, limit: 2, journal: try stage.journal(), alerts: alerts, logs: folder.url,
            clock: ScaledClock(speed: 100, startingAt: 0),
            commandLines: {
                looks.withLockedValue { $0 += 1 }
                return looks.withLockedValue { $0 } > 1 ? ["x"] : []
            })
        #expect(try await missing.run() == .done("started again"))
        #expect(FileManager.default.createFile(atPath: go, contents: nil))
        while !FileManager.default.fileExists(atPath: pid) { await Task.yield() }
        while try String(contentsOfFile: pid, encoding: .utf8).isEmpty { await Task.yield() }
        let session = try String(contentsOfFile: pid, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(Int32(session) != getsid(0))
        #expect(log == "one\ntwo\n")
    }

    @Test func `a restart that fails, and a pattern that is none, are failures`() async throws {
        let (stage, alerts) = try Self.host()
        let failing = try check("x", "echo no room >&2; exit 3", stage, alerts) { [] }
        let error = await #expect(throws: (any Error).self) { _ = try await failing.run() }
        #expect("\(try #require(error))".contains("exit code 3: no room"))
        let malformed = try check("(", nil, stage, alerts) { [] }
        await #expect(throws: (any Error).self) { _ = try await malformed.run() }
    }

    @Test func `nothing is started that the journal does not take, and a person is told`() async throws {
        let (stage, alerts) = try Self.host()
        _ = try stage.journal()
        let queue = try DatabaseQueue(path: stage.folder.path("state/journal.db"))
        try await queue.write { db in
            try db.execute(
                sql:
                    "CREATE TRIGGER no_room BEFORE INSERT ON restarts BEGIN SELECT raise(ABORT, 'the disk is full'); END"
            )
        }
        let check = try check("x", "touch '\(folder.path("mark"))'", stage, alerts) { [] }
        await #expect(throws: (any Error).self) { _ = try await check.run() }
        #expect(!FileManager.default.fileExists(atPath: folder.path("mark")))
        #expect(alerts.raised.map(\.severity) == [.critical])
    }

    @Test func `what ends again and again is left alone, and a person is told once an hour has had enough`()
        async throws
    {
        let (stage, alerts) = try Self.host()
        let (mark, looks) = (folder.path("mark"), NIOLockedValueBox(0))
        // Missing at each first look, and there 30 s later.
        let check = try check("x", "echo again >> '\(mark)'", stage, alerts) {
            let runs = (try? String(contentsOfFile: mark, encoding: .utf8))?.split(separator: "\n").count ?? 0
            return looks.withLockedValue { seen in
                defer { seen = runs }
                return runs > seen ? ["x"] : []
            }
        }
        for _ in 0..<2 { #expect(try await check.run() == .done("started again")) }
        for _ in 0..<3 { #expect(try await check.run() == .done("not running, and left alone")) }
        #expect(try String(contentsOfFile: mark, encoding: .utf8) == "again\nagain\n")
        #expect(alerts.raised.map(\.severity) == [.warning, .warning, .critical, .critical, .critical])
        stage.clock.advance(by: .seconds(3601))
        #expect(try await check.run() == .done("started again"))
    }
}
