/// What trying again can do about an error.
package enum Disposition: Sendable, Equatable {
    /// The same call may succeed later; `after` is the shortest wait that makes sense, where one is known.
    case retryable(after: Duration?)
    /// A remedy (a restart, a re-read) may help; repeating the call alone does not.
    case healable
    /// Nothing but a person's change helps.
    case permanent
}

/// An error that knows its stable code, whether trying again can help, and what a person should do.
package protocol Fault: Error, CustomStringConvertible {
    /// Stable and bounded, without values: metric label, alert id and heading in `docs/RUNBOOK.md`.
    var code: String { get }
    /// What trying again can do.
    var disposition: Disposition { get }
    /// What failed, with the values; lower case, no full stop, never a secret.
    var summary: String { get }
    /// One imperative sentence: what to do about it.
    var hint: String? { get }
}

/// A fault whose summary is several lines; what others wrote stands in them without line ends of its own.
package protocol ListingFault: Fault {}

extension Fault {
    package var description: String { "\(summary) [\(code)]" }
    package var hint: String? { nil }
}
