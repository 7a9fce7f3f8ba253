package import Candles
import Journal

/// An alert as the journal keeps it.
package struct AlertEntry: Sendable, Equatable {
    package let key: String
    package let source: String
    package let rule: String
    package let target: String
    /// The higher, the more it matters.
    package var severity: Int
    package var message: String
    package var hint: String?
    /// When it was first raised since it was last over, when last, and how often.
    package var firstAt: UnixMilliseconds
    package var lastAt: UnixMilliseconds
    package var count: Int
    /// Nil while it is not over.
    package var resolvedAt: UnixMilliseconds?

    /// One that is raised for the first time.
    package init(
        key: String, source: String, rule: String, target: String, severity: Int, message: String, hint: String?,
        at now: UnixMilliseconds
    ) {
        self.key = key
        self.source = source
        self.rule = rule
        self.target = target
        self.severity = severity
        self.message = message
        self.hint = hint
        firstAt = now
        lastAt = now
        count = 1
    }

    /// The same after it was raised once more.
    package func raised(again newer: AlertEntry) -> AlertEntry {
        if resolvedAt != nil { return newer }
        var merged = newer
        merged.firstAt = min(firstAt, newer.firstAt)
        merged.count = count + 1
        return merged
    }
}

/// The same alert as an earlier version kept it, whose keys were made of cut texts and did not tell slashes apart.
package struct EarlierAlert: Sendable, Equatable {
    package let key: String
    package let source: String
    package let rule: String
    package let target: String

    package init(key: String, source: String, rule: String, target: String) {
        self.key = key
        self.source = source
        self.rule = rule
        self.target = target
    }
}

/// What became of an alert in one channel's queue.
package enum AlertDecision: String, Sendable, Equatable {
    /// To be told; or told as graver than before; or told to be over.
    case firing, escalated, resolved
    /// Counted in the message that is still to come, or in the next one.
    case folded
    /// To be told when the window since the last message has passed, unless it is over by then.
    case held
    /// Nothing is told of it any more.
    case dropped
    case nothing

    /// Whether the history tells of it.
    var isNews: Bool { self == .firing || self == .escalated || self == .resolved }
}
