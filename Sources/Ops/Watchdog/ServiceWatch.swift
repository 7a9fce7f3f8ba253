import Candles
import Journal
import NIOConcurrencyHelpers

/// One look at one service, and what is done about it.
struct ServiceWatch<C: Clock>: Sendable where C.Duration == Duration {
    private let service: WatchedService
    private let parts: WatchdogPass<C>.Parts
    private let log: WatchdogLog
    private var ledger: RestartLedger { parts.ledger }
    private let alerts: WatchdogAlerts

    init(_ service: WatchedService, _ parts: WatchdogPass<C>.Parts, _ log: WatchdogLog) {
        self.service = service
        self.parts = parts
        self.log = log
        alerts = WatchdogAlerts(parts.alerts, service)
    }

    /// Throws nothing but `CancellationError`: what the journal refuses is left with the ledger.
    func run() async throws -> ServiceReport {
        let note = await ledger.note(of: service.name, in: parts.journal)
        let judgement = try await judge(ServiceHistory(note.detail).on(boot: parts.boot))
        parts.alive()
        log.write(judgement.findings)
        let restarts = await restartCount()
        let action = WatchdogRules(service).action(
            judgement.health, healthyFor: judgement.healthyFor, told: judgement.memory.told,
            handsOffSince: note.handsOffSince, restarts: restarts, now: parts.now())
        var state = State(memory: judgement.memory, handsOffSince: note.handsOffSince)
        var report = ServiceReport(service, judgement.health, judgement.findings)
        report.action = try await perform(action, &state)
        await keep(state)
        return report
    }

    private struct State {
        var memory: ServiceHistory
        var handsOffSince: UnixMilliseconds?
    }

    private func judge(_ memory: ServiceHistory) async throws -> ServiceJudgement {
        let eye = ServiceProbe(
            service, control: control(memory), journal: parts.journal, transport: parts.transport, clock: parts.clock,
            now: parts.now)
        return ServiceJudgement(
            service, try await eye.look(), memory: memory, now: parts.awake(), interval: parts.interval)
    }

    private func control(_ memory: ServiceHistory) -> any ServiceControl { parts.control(service, memory.run?.main) }

    private func keep(_ state: State) async {
        await ledger.keep(
            WatchedNote(handsOffSince: state.handsOffSince, detail: state.memory.text), of: service.name,
            in: parts.journal)
    }

    private func restartCount() async -> Int {
        await ledger.count(of: service.name, in: parts.journal, now: parts.now())
    }

    private func perform(_ action: WatchdogAction, _ state: inout State) async throws -> ServiceReport.Action {
        switch action {
        case .nothing: return .none
        case .recovered:
            state.handsOffSince = nil
            await alerts.resolve(state.memory.told)
            state.memory.told = []
            return .recovered
        case .leaveAlone(let words):
            log.write(.fail, "\(service.name) is left alone; to try again: ops watchdog reset \(service.name)")
            await tell(.limit, "\(service.name) is left alone, and fails: \(words)", &state)
            return .leftAlone
        case .tell(let words):
            await tell(.unhealthy, "\(service.name) is not well, and is not restarted: \(words)", &state)
            return .told
        case .giveUp(let words): return await giveUp(words, &state)
        case .restart(let words): return try await restart(words, &state)
        }
    }

    /// At each pass, as long as it is so: the channels fold what was told, and tell it again after a silence.
    private func tell(_ rule: WatchdogAlerts.Rule, _ message: String, _ state: inout State) async {
        await alerts.raise(rule, message)
        state.memory.told.insert(rule.rawValue)
    }

    private func giveUp(_ words: String, _ state: inout State) async -> ServiceReport.Action {
        state.handsOffSince = parts.now()
        let limit = service.maxRestarts
        log.write(.fail, "\(service.name) was restarted \(limit) times within the hour, and is left alone now")
        await tell(
            .limit, "\(service.name) fails after \(limit) restarts within the hour, and is left alone: \(words)", &state
        )
        return .gaveUp
    }

    private func restart(_ words: String, _ state: inout State) async throws -> ServiceReport.Action {
        let entry = await ledger.begin(
            service.name, reason: words, limit: service.maxRestarts, in: parts.journal, now: parts.now())
        let begun: RestartLedger.Entry
        switch entry {
        case .begun(let noted): begun = noted
        case .limitReached: return await giveUp(words, &state)
        case .unnotable(let why):
            log.write(.fail, "\(service.name) is not restarted, since that cannot be noted: \(why)")
            await tell(
                .down, "\(service.name) is not restarted, since that cannot be noted: \(why). Before: \(words)", &state)
            return .failed
        }
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
        await ledger.end(begun, outcome: outcome.text, in: parts.journal)
        let which = "restart \(await restartCount()) of \(service.maxRestarts) within the hour"
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
