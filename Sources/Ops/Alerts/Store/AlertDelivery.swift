package import Candles
import Journal

/// What one channel was told of one alert, and what it is still to be told: a row of the queue.
///
/// There is one row for each pair of alert and channel, so that the queue is bounded however often an alert is raised. A severity
/// is a rank: the higher, the more it matters.
package struct AlertDelivery: Sendable, Equatable {
    package enum Kind: String, Sendable, Equatable {
        case firing, resolved
    }

    /// What a person knows.
    package struct Told: Sendable, Equatable {
        /// When, and how grave, the last message was that said that something is wrong; 0 where only its end was told.
        package var at: UnixMilliseconds
        package var severity: Int
        /// The last message of all.
        package var kind: Kind

        package init(at: UnixMilliseconds, severity: Int, kind: Kind) {
            self.at = at
            self.severity = severity
            self.kind = kind
        }
    }

    /// What a person is to know.
    package struct Pending: Sendable, Equatable {
        package var kind: Kind
        package var severity: Int
        package var since: UnixMilliseconds
        package var message: String
        package var hint: String?

        package init(kind: Kind, severity: Int, since: UnixMilliseconds, message: String, hint: String? = nil) {
            self.kind = kind
            self.severity = severity
            self.since = since
            self.message = message
            self.hint = hint
        }
    }

    package let key: String
    package let channel: String
    package var told: Told?
    package var pending: Pending?
    /// Rises whenever something else becomes pending, so that the end of an older attempt is not taken for its end.
    package var sequence: Int64 = 0
    /// How often the alert was raised without that a message of its own says so.
    package var folded = 0
    /// Attempts that failed since the alert became pending.
    package var attempts = 0
    package var notBefore: UnixMilliseconds = 0
    /// When the last attempt began whose end nobody has noted: it is under way, or its process was killed.
    package var startedAt: UnixMilliseconds?
    /// What was pending then, by its sequence.
    package var startedSequence: Int64?
    /// Whether an attempt may have told it without that anybody noted so.
    package var isInDoubt = false

    package init(key: String, channel: String) {
        self.key = key
        self.channel = channel
    }

    /// An attempt begins.
    package mutating func begin(at now: UnixMilliseconds) {
        isInDoubt = isInDoubt || startedAt != nil
        startedAt = now
        startedSequence = sequence
    }
}
