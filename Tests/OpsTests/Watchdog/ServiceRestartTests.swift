import Host
import Testing

@testable import Watchdog

@Suite("Service restart", .timeLimit(.minutes(1))) struct ServiceRestartTests {
    private let clock = LeapingClock()
    private static let well = Finding(level: .ok, meaning: .frozen, text: "fine")
    private static let unwell = Finding(level: .warn, meaning: .frozen, text: "Log file is stale")
    private static let first = ProcessIdentity(pid: 2, startTicks: 1)
    private static let second = ProcessIdentity(pid: 3, startTicks: 2)

    private func restart(
        _ control: ScriptedControl, look: @escaping @Sendable (Int64) -> Finding = { _ in Self.well }
    ) async throws -> RestartOutcome {
        try await ServiceRestart(control, timing: RestartTiming(), clock: clock, alive: {}) { [clock] in
            [look(clock.seconds)]
        }.run()
    }

    @Test func `stop, two seconds, kill, one second, start, and five seconds of health`() async throws {
        let control = ScriptedControl(clock) { _, _ in .running(main: Self.first) }
        #expect(try await restart(control) == .healthy)
        #expect(control.calls == ["stop 0", "kill 2", "start 3"])
        #expect((8...9).contains(clock.seconds))
    }

    @Test func `a service that comes up late is waited for, for thirty seconds`() async throws {
        let late = ScriptedControl(clock) { _, age in age < 20 ? .changing("activating") : .running(main: Self.first) }
        #expect(try await restart(late) == .healthy)
        let never = ScriptedControl(clock) { _, _ in .stopped("failed") }
        let start = clock.seconds
        #expect(try await restart(never) == .failed("it does not run after 30s: "))
        #expect(clock.seconds - start == 33)
    }

    @Test func `what falls within five seconds of its start has not started`() async throws {
        let control = ScriptedControl(clock) { _, age in age < 4 ? .running(main: Self.first) : .stopped("failed") }
        guard case .failed = try await restart(control) else { return #expect(Bool(false), "it was believed") }
    }

    @Test func `what starts anew each second is running, and not healthy`() async throws {
        let control = ScriptedControl(clock) { _, age in .running(main: age % 2 == 0 ? Self.first : Self.second) }
        #expect(try await restart(control) == .running("it keeps starting anew"))
    }

    @Test func `what runs and has not shown work says what is open`() async throws {
        let control = ScriptedControl(clock) { _, _ in .running(main: Self.first) }
        #expect(try await restart(control) { _ in Self.unwell } == .running("Log file is stale"))
    }

    @Test func `health is counted anew after each doubt`() async throws {
        let control = ScriptedControl(clock) { _, _ in .running(main: Self.first) }
        #expect(try await restart(control) { $0 == 6 ? Self.unwell : Self.well } == .healthy)
        #expect(clock.seconds == 12)
    }

    @Test func `a start that is refused fails at once`() async throws {
        let control = ScriptedControl(clock, refusal: "no such unit") { _, _ in .stopped("failed") }
        #expect(try await restart(control) == .failed("it could not be started: no such unit"))
        #expect(clock.seconds == 3)
    }
}
