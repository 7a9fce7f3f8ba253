/// What was seen of a service at one moment.
package struct Observation: Sendable, Equatable {
    package enum Log: Sendable, Equatable {
        case missing
        case unreadable(String)
        /// How old, how many lines there are of those that are looked at, and how many of them match.
        case seen(age: Duration, lines: Int, matches: Int)
    }

    package enum Endpoint: Sendable, Equatable {
        case answered
        /// Why not.
        case silent(String)
    }

    package enum Beat: Sendable, Equatable {
        case never
        case seen(age: Duration)
    }

    package var status: ServiceStatus
    /// How long its main process has run; nil where that is not known.
    package var age: Duration?
    /// Its main process is stopped by a signal.
    package var isStopped = false
    package var log: Log?
    package var endpoint: Endpoint?
    package var beat: Beat?

    package init(_ status: ServiceStatus) { self.status = status }
}
