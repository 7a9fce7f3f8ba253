import Candles
import Journal
import NIOConcurrencyHelpers

/// One look at one service, and what is done about it.
struct ServiceWatch<C: Clock>: Sendable where C.Duration == Duration {
    private let service: WatchedService
    private let parts: WatchdogPass<C>.Parts
    private let log: WatchdogLog
    private let alerts: WatchdogAlerts

    init(_ service: WatchedService, _ parts: WatchdogPass<C>.Parts, _ log: WatchdogLog) {
        self.service = service
        self.parts = parts
        self.log = log
        alerts = WatchdogAlerts(parts.alerts, service)
    }

    func run() async throws -> ServiceReport {
        let note = try await parts.journal.watched(service.name)
        let judgement = try await judge(WatchMemory(note.detail).on(boot: parts.boot))
        parts.alive()
        log.write(judgement.findings)
        let restarts = try await parts.journal.restartTimes(of: service.name, within: WatchdogRules.window).count
        let action = WatchdogRules(service).action(
            judgement.health, healthyFor: judgement.healthyFor, told: judgement.memory.told,
            handsOffSince: note.handsOffSince, restarts: restarts, now: parts.now())
        var state = State(memory: judgement.memory, handsOffSince: note.handsOffSince)
        var report = ServiceReport(service, judgement.health, judgement.findings)
        report.action = try await perform(action, &state)
        try await keep(state)
        return report
    }

    private struct State {
        var memory: WatchMemory
        var handsOffSince: UnixMilliseconds?
    }

    private func judge(_ memory: WatchMemory) async throws -> ServiceJudgement {
        let eye = ServiceEye(
            service, control: control(memory), journal: parts.journal, transport: parts.transport, clock: parts.clock,
            now: parts.now)
        return ServiceJudgement(
            service, try await eye.look(), memory: memory, now: parts.awake(), interval: parts.interval)
    }

    private func control(_ memory: WatchMemory) -> any ServiceControl { parts.control(service, memory.run?.main) }

    private func keep(_ state: State) async throws {
        try await parts.journal.noteWatched(
            service.name, handsOffSince: state.handsOffSince, detail: state.memory.text)
    }

    private func perform(_ action: WatchdogAction, _ state: inout State) async throws -> ServiceReport.Action {
        switch action {
        case .nothing: return .none
        case .recovered:
            state.handsOffSince = nil
            await alerts.resolve(state.memory.told)
            state.memory.told = []
            return .recovered
        case .leaveAlone:
            log.write(.fail, "\(service.name) is left alone; to try again: ops watchdog reset \(service.name)")
            return .leftAlone
        case .tell(let words):
            await tell(.unhealthy, "\(service.name) is not well, and is not restarted: \(words)", &state)
            return .told
        case .giveUp(let words): return await giveUp(words, &state)
        case .restart(let words): return try await restart(words, &state)
        }
    }

    /// Once until it is resolved, so that nobody is told the same each minute.
    private func tell(_ rule: WatchdogAlerts.Rule, _ message: String, _ state: inout State) async {
        guard !state.memory.told.contains(rule.rawValue) else { return }
        await alerts.raise(rule, message)
        state.memory.told.insert(rule.rawValue)
    }

    private func giveUp(_ words: String, _ state: inout State) async -> ServiceReport.Action {
        state.handsOffSince = parts.now()
        let limit = service.maxRestarts
        log.write(.fail, "\(service.name) was restarted \(limit) times within the hour, and is left alone now")
        // Each time that it comes to this is news.
        state.memory.told.remove(WatchdogAlerts.Rule.limit.rawValue)
        await tell(
            .limit, "\(service.name) fails after \(limit) restarts within the hour, and is left alone: \(words)", &state
        )
        return .gaveUp
    }

    private func restart(_ words: String, _ state: inout State) async throws -> ServiceReport.Action {
        let journal = parts.journal
        let row = try await journal.beginRestart(
            of: service.name, reason: words, limit: service.maxRestarts, within: WatchdogRules.window)
        guard let row else { return await giveUp(words, &state) }
        state.handsOffSince = nil
        log.write(.warn, "Restarting \(service.name): \(words)")
        let control = control(state.memory)
        let memory = NIOLockedValueBox(state.memory.afresh)
        let outcome = try await ServiceRestart(
            control, timing: parts.timing, clock: parts.clock, alive: parts.alive,
            look: {
                let judgement = try await judge(memory.withLockedValue { $0 })
                memory.withLockedValue { $0 = judgement.memory.afterOwnStart }
                return judgement.findings
            }
        ).run()
        state.memory = memory.withLockedValue { $0 }
        try await journal.endRestart(row, outcome: outcome.text)
        let count = try await journal.restartTimes(of: service.name, within: WatchdogRules.window).count
        let which = "restart \(count) of \(service.maxRestarts) within the hour"
        if case .failed(let why) = outcome {
            log.write(.fail, "\(service.name) was not restarted: \(why) (\(which))")
            await tell(.down, "\(service.name) could not be restarted: \(why). Before: \(words)", &state)
            return .failed
        }
        log.write(.ok, "\(service.name) was restarted, and is \(outcome.text) (\(which))")
        // Each restart is news; what people were told of the one before is theirs to fold.
        await alerts.raise(
            .restarted, "\(service.name) was restarted, and is \(outcome.text) (\(which)). Before: \(words)")
        state.memory.told.insert(WatchdogAlerts.Rule.restarted.rawValue)
        return .restarted
    }
}
