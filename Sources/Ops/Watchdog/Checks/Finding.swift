/// What one check found.
package struct Finding: Sendable, Equatable {
    package enum Level: String, Sendable, Equatable {
        case ok = "OK"
        /// Not as it should be, but not for long enough.
        case warn = "WARN"
        case fail = "FAIL"
    }

    /// What a failure means for what is to be done.
    package enum Meaning: Sendable, Equatable {
        /// It does not run.
        case down
        /// Others start it again and again; the watchdog does not join in.
        case looping
        /// It runs, and does not work.
        case frozen
        /// Nobody can say; nothing is restarted for that.
        case unseen
    }

    package let level: Level
    package let meaning: Meaning
    package let text: String

    static func ok(_ text: String) -> Finding { Finding(level: .ok, meaning: .frozen, text: text) }
    static func warn(_ text: String) -> Finding { Finding(level: .warn, meaning: .frozen, text: text) }
    static func fail(_ meaning: Meaning, _ text: String) -> Finding {
        Finding(level: .fail, meaning: meaning, text: text)
    }

    /// As it is printed: `[OK] Log file is fresh (45s old)`.
    package var line: String { "[\(level.rawValue)] \(text)" }
}

/// What the findings of one look come to.
package enum ServiceHealth: Sendable, Equatable {
    case healthy
    /// Something is not as it should be, but not for long enough.
    case uncertain
    case down(String)
    case looping(String)
    case frozen(String)
    case unseen(String)

    package init(_ findings: [Finding]) {
        let failed = findings.filter { $0.level == .fail }
        let words = failed.map(\.text).joined(separator: "; ")
        if failed.contains(where: { $0.meaning == .down }) {
            self = .down(words)
        } else if failed.contains(where: { $0.meaning == .looping }) {
            self = .looping(words)
        } else if failed.contains(where: { $0.meaning == .frozen }) {
            self = .frozen(words)
        } else if !failed.isEmpty {
            self = .unseen(words)
        } else {
            self = findings.allSatisfy { $0.level == .ok } ? .healthy : .uncertain
        }
    }

    /// What is wrong; nil where it is not said to be.
    package var trouble: String? {
        switch self {
        case .healthy, .uncertain: nil
        case .down(let words), .looping(let words), .frozen(let words), .unseen(let words): words
        }
    }
}

/// What was seen of a service at one moment.
package struct Observation: Sendable, Equatable {
    package enum Log: Sendable, Equatable {
        case missing
        case unreadable(String)
        /// When it was written and how long it is, which changes with each line; how old that is by the wall clock; how many lines
        /// there are of those that are looked at, and how many of them match.
        case seen(stamp: String, age: Duration, lines: Int, matches: Int)
    }

    package enum Endpoint: Sendable, Equatable {
        case answered
        /// Why not.
        case silent(String)
    }

    package enum Beat: Sendable, Equatable {
        case never
        case unreadable(String)
        /// When it beat, and how long ago that was by the wall clock.
        case seen(stamp: String, age: Duration)
    }

    package var status: ServiceStatus
    /// How often systemd has started the unit anew by itself; nil where that is not known.
    package var automaticRestarts: Int?
    /// Its main process is stopped by a signal.
    package var isStopped = false
    package var log: Log?
    package var endpoint: Endpoint?
    package var beat: Beat?

    package init(_ status: ServiceStatus) { self.status = status }
}
