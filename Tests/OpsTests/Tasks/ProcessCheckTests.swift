import Foundation
import Ops
import Subprocess
import TestSupport
import Testing

@Suite("Tasks: a process that matters", .timeLimit(.minutes(1))) struct ProcessCheckTests {
    private static func host() throws -> (SchedulerStage, RecordedAlerts) {
        let stage = try SchedulerStage()
        return (stage, stage.alerts)
    }

    @Test func `a real process is found by its command line`() async throws {
        let name = "wanted-\(UUID().uuidString)"
        let (stage, alerts) = try Self.host()
        let check = ProcessCheck(name, restart: nil, limit: 2, journal: try stage.journal(), alerts: alerts)
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

    @Test func `one that is gone is started again where it is said how`() async throws {
        let folder = try ScratchFolder()
        let (stage, alerts) = try Self.host()
        let check = ProcessCheck(
            "train\\.py", restart: "echo started > '\(folder.path("mark"))'", limit: 2, journal: try stage.journal(),
            alerts: alerts,
            commandLines: { ["sh", "vi train_py"] })
        #expect(try await check.run() == .done("started again"))
        #expect(FileManager.default.fileExists(atPath: folder.path("mark")))
        #expect(alerts.raised.first?.message == "no process matched 'train\\.py'; it was started again")
        let running = ProcessCheck(
            "train\\.py", restart: nil, limit: 2, journal: try stage.journal(), alerts: alerts,
            commandLines: { ["python3 train.py"] })
        #expect(try await running.run() == .done("1 running"))
        #expect(alerts.resolved == ["process/process-missing/train\\.py"])
    }

    @Test func `a restart that fails, and a pattern that is none, are failures`() async throws {
        let (stage, alerts) = try Self.host()
        let failing = ProcessCheck(
            "x", restart: "echo no room >&2; exit 3", limit: 2, journal: try stage.journal(), alerts: alerts,
            commandLines: { [] })
        let error = await #expect(throws: (any Error).self) { _ = try await failing.run() }
        #expect("\(try #require(error))".contains("exit code 3: no room"))
        let malformed = ProcessCheck(
            "(", restart: nil, limit: 2, journal: try stage.journal(), alerts: alerts, commandLines: { [] })
        await #expect(throws: (any Error).self) { _ = try await malformed.run() }
    }

    @Test func `what ends again and again is left alone, and a person is told once an hour has had enough`()
        async throws
    {
        let (stage, alerts) = try Self.host()
        let folder = try ScratchFolder()
        let check = ProcessCheck(
            "x", restart: "echo again >> '\(folder.path("mark"))'", limit: 2, journal: try stage.journal(),
            alerts: alerts,
            commandLines: { [] })
        for _ in 0..<2 { #expect(try await check.run() == .done("started again")) }
        for _ in 0..<3 { #expect(try await check.run() == .done("not running, and left alone")) }
        #expect(try String(contentsOfFile: folder.path("mark"), encoding: .utf8) == "again\nagain\n")
        #expect(alerts.raised.map(\.severity) == [.warning, .warning, .critical, .critical, .critical])
        stage.clock.advance(by: .seconds(3601))
        #expect(try await check.run() == .done("started again"))
    }
}
