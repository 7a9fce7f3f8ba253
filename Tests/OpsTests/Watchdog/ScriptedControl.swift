import NIOConcurrencyHelpers
import Watchdog

/// A service that does as a script says, and notes each call with its second.
final class ScriptedControl: ServiceControl, Sendable {
    private struct State {
        var calls: [String] = []
        var startedAt: Int64?
        var starts = 0
    }

    private let state = NIOLockedValueBox(State())
    private let clock: LeapingClock
    private let refusal: String?
    private let counting: (@Sendable (Int64) -> Int)?
    private let script: @Sendable (Int, Int64) -> ServiceStatus

    /// `script`: its status after so many starts, so many seconds after the last one.
    ///
    /// `counting`: how often systemd had started it after so many seconds.
    init(
        _ clock: LeapingClock, refusal: String? = nil, counting: (@Sendable (Int64) -> Int)? = nil,
        script: @escaping @Sendable (Int, Int64) -> ServiceStatus
    ) {
        self.clock = clock
        self.refusal = refusal
        self.counting = counting
        self.script = script
    }

    var calls: [String] { state.withLockedValue { $0.calls } }
    var starts: Int { state.withLockedValue { $0.starts } }

    func status() -> ServiceStatus {
        let (starts, startedAt) = state.withLockedValue { ($0.starts, $0.startedAt ?? 0) }
        return script(starts, clock.seconds - startedAt)
    }

    func automaticRestarts() -> Int? { counting.map { $0(clock.seconds) } }

    func stop() { note("stop") }
    func forceKill() { note("kill") }

    func start() -> String? {
        note("start")
        state.withLockedValue { state in
            state.starts += 1
            state.startedAt = clock.seconds
        }
        return refusal
    }

    private func note(_ call: String) { state.withLockedValue { $0.calls.append("\(call) \(clock.seconds)") } }
}
