package import Candles
import Resilience

/// What is to be done about a service: a pure rule.
package enum WatchdogAction: Sendable, Equatable {
    case nothing
    /// Everything has been well for long enough: what was told is over.
    case recovered
    case restart(String)
    /// The budget is spent: a person is told, once.
    case giveUp(String)
    /// A person is told, and nothing else is done.
    case tell(String)
    /// It was given up, and is left alone.
    case leaveAlone(String)
}

/// Decides by what was found, what was done within the hour, and what was told.
package struct WatchdogRules: Sendable {
    /// Restarts are counted over so long, and a service that was given up is left alone for as long.
    package static let window = Duration.seconds(3600)

    private let service: WatchedService

    package init(_ service: WatchedService) { self.service = service }

    /// `restarts`: how many there were within `window`; `now`: the wall clock.
    package func action(
        _ health: ServiceHealth, healthyFor: Duration, told: Set<String>, handsOffSince: UnixMilliseconds?,
        restarts: Int, now: UnixMilliseconds
    ) -> WatchdogAction {
        switch health {
        case .uncertain: return .nothing
        case .healthy:
            if told.isEmpty, handsOffSince == nil { return .nothing }
            return healthyFor >= service.freezeThreshold ? .recovered : .nothing
        case .unseen(let words), .looping(let words): return .tell(words)
        case .down(let words): return restart(words, handsOffSince, restarts, now)
        case .frozen(let words):
            return service.restartsOnFreeze ? restart(words, handsOffSince, restarts, now) : .tell(words)
        }
    }

    private func restart(
        _ words: String, _ handsOffSince: UnixMilliseconds?, _ restarts: Int, _ now: UnixMilliseconds
    ) -> WatchdogAction {
        if isHandsOff(since: handsOffSince, at: now) { return .leaveAlone(words) }
        return restarts < service.maxRestarts ? .restart(words) : .giveUp(words)
    }

    /// A moment in the future, as a clock that was set back leaves it, counts for one window only.
    private func isHandsOff(since: UnixMilliseconds?, at now: UnixMilliseconds) -> Bool {
        guard let since else { return false }
        return Duration.milliseconds(max(now.minus(since), since.minus(now))) < Self.window
    }
}
