/// What trying again can do about an error.
package enum Disposition: Sendable, Equatable {
    /// The same call may succeed later; `after` is the shortest wait that makes sense, where one is known.
    case retryable(after: Duration?)
    /// A remedy (a restart, a re-read) may help; repeating the call alone does not.
    case healable
    /// Nothing but a person's change helps.
    case permanent
}

/// What kind of ending a fault is for a command; each kind has one exit code (`docs/EXIT_CODES.md`).
package enum FaultKind: Sendable, CaseIterable {
    /// The command line asks for what does not exist, or does not go together.
    case usage
    /// A setting, a right or a version keeps it from working, and stays so until a person changes it.
    case configuration
    /// A server, a program or a file that is needed is not there, or gives no usable answer.
    case unavailable
    /// The exchange, or the budget shared with other jobs, allows no request now.
    case rateLimited
    /// Data that cannot be trusted.
    case suspect
    /// Something is left to do, and the next run does it.
    case partial
    /// A disk or a database cannot be written.
    case storage
    /// Another process holds what is needed.
    case busy
    /// A restore failed, and the database is as before.
    case rolledBack
    /// A restore failed, and could not be undone.
    case notRolledBack
}

/// Which side a fault comes from.
package enum FaultOrigin: Sendable {
    /// What was asked for, or this host: its settings, files and programs.
    case host
    /// A database, or the way to it.
    case database
    /// A service of others such as the exchange, the way to it, or what keeps calls of it back.
    case service
}

/// An error that knows its stable code, whether trying again can help, and what a person should do.
///
/// Code decides by `kind`, `origin` and the type, never by the text of `code`.
package protocol Fault: Error, CustomStringConvertible {
    /// Stable and bounded, without values: metric label, alert id and heading in `docs/RUNBOOK.md`.
    var code: String { get }
    /// Gives the exit code of a command that ends with it.
    var kind: FaultKind { get }
    /// Which side it comes from; the host unless said otherwise.
    var origin: FaultOrigin { get }
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
    package var origin: FaultOrigin { .host }
}
