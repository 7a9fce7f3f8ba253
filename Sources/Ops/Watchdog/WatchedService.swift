package import Candles
package import Host
import Resilience

/// A service that is watched, and how it is started again.
package struct WatchedService: Sendable, Equatable {
    /// What its state is read from, and what starts and stops it.
    package enum Control: Sendable, Equatable {
        /// A unit of the user's systemd, or of the machine's.
        case unit(String, isOfUser: Bool)
        /// A process that wrote its number into a file; `start` is a program and its arguments.
        case pidFile(String, start: [String])
    }

    /// A log file that grows while the service works.
    package struct Log: Sendable, Equatable {
        package let path: String
        /// Older than this, nobody has written to it for too long.
        package let age: Duration
        /// The last lines, of which at least one matches one of the patterns; without patterns any line will do.
        package let lines: Int
        package let patterns: [String]

        package init(path: String, age: Duration, lines: Int = 100, patterns: [String] = []) {
            self.path = path
            self.age = age
            self.lines = lines
            self.patterns = patterns
        }
    }

    /// A beat that the service leaves in the host's journal.
    package struct Beat: Sendable, Equatable {
        package let name: String
        package let age: Duration

        package init(name: String, age: Duration) {
            self.name = name
            self.age = age
        }
    }

    package let name: String
    package let control: Control
    /// A regular expression over command lines: what else is killed before the service is started.
    package var process: String?
    /// Whose processes may be killed by the pattern, and whose process a pid file may name.
    package var owner: ProcessOwner?
    package var log: Log?
    package var healthURL: String?
    package var beat: Beat?
    /// An endpoint that has not answered, or a unit that has not settled, for so long is frozen.
    package var freezeThreshold = Duration.seconds(300)
    /// In any hour.
    package var maxRestarts = 3
    package var restartsOnFreeze = true

    package init(name: String, control: Control) {
        self.name = name
        self.control = control
    }
}

/// What a service has that does not say otherwise.
package struct WatchdogDefaults: Sendable {
    package let freezeThreshold: Duration
    package let maxRestarts: Int
    package let restartsOnFreeze: Bool

    package init(freezeThreshold: Duration, maxRestarts: Int, restartsOnFreeze: Bool) {
        self.freezeThreshold = freezeThreshold
        self.maxRestarts = maxRestarts
        self.restartsOnFreeze = restartsOnFreeze
    }
}

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
