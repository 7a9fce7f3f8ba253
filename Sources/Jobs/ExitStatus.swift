package import Resilience

/// What a command's exit code means; systemd units and scripts act on it.
package enum ExitStatus: Int32, Sendable, CaseIterable {
    case complete = 0
    case unhealthy = 1
    /// Something is left to do, and the next run does it.
    case partial = 10
    case rateLimited = 11
    case suspect = 12
    case usage = 64
    case unavailable = 69
    case bug = 70
    case storage = 74
    case busy = 75
    case configuration = 78
    /// A restore failed, and the database is as before.
    case rolledBack = 20
    /// A restore failed, and could not be undone; the message has what a person must do.
    case notRolledBack = 21

    /// The status of an error that ended a command; an error that is no fault is a bug.
    package init(ending error: any Error) {
        if error is CancellationError {
            self = .partial
        } else if let fault = error as? any Fault {
            self.init(fault.kind)
        } else {
            self = .bug
        }
    }

    package init(_ kind: FaultKind) {
        self =
            switch kind {
            case .usage: .usage
            case .configuration: .configuration
            case .unavailable: .unavailable
            case .rateLimited: .rateLimited
            case .suspect: .suspect
            case .partial: .partial
            case .storage: .storage
            case .busy: .busy
            case .rolledBack: .rolledBack
            case .notRolledBack: .notRolledBack
            }
    }

    /// From best to worst, for a command that does several things.
    private static let order: [ExitStatus] = [
        .complete, .unhealthy, .partial, .rateLimited, .suspect, .busy, .unavailable, .usage, .configuration, .storage,
        .bug, .rolledBack, .notRolledBack,
    ]

    /// The one that says most about what is left to do.
    package static func worst(of statuses: [ExitStatus]) -> ExitStatus {
        statuses.max { order.firstIndex(of: $0) ?? 0 < order.firstIndex(of: $1) ?? 0 } ?? .complete
    }
}
