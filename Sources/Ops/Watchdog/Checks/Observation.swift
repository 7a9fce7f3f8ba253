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
