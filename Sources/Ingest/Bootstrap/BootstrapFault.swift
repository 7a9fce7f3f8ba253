package import Resilience

/// A bootstrap that cannot be done as it was asked for.
package enum BootstrapFault: Fault, Equatable {
    /// A name that the exchange does not list.
    package struct Unknown: Sendable, Equatable {
        package let name: String
        package let nearest: String?
    }

    case unknownSymbols([Unknown])
    /// None of the names is left.
    case nothingToDo
    /// The user's own systemd does not answer.
    case noUserManager(reason: String)
    case unitsNotLinked([String])
    case timersRefused(reason: String)
    case fileNotWritten(path: String, reason: String)

    package var code: String {
        switch self {
        case .unknownSymbols, .nothingToDo: "symbol-unknown"
        case .noUserManager: "systemd-unreachable"
        case .unitsNotLinked: "units-not-linked"
        case .timersRefused: "timers-refused"
        case .fileNotWritten: "env-file-not-written"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .unknownSymbols, .nothingToDo: .usage
        case .noUserManager, .unitsNotLinked, .timersRefused: .unavailable
        case .fileNotWritten: .storage
        }
    }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .unknownSymbols(let names):
            "bitfinex does not list " + names.map(\.name).joined(separator: ", ")
        case .nothingToDo: "none of the symbols is listed by the exchange"
        case .noUserManager(let reason): "timers are not enabled: the user's systemd cannot be reached (\(reason))"
        case .unitsNotLinked(let units):
            "timers are not enabled: systemd does not know \(units.joined(separator: ", "))"
        case .timersRefused(let reason): "systemd did not enable the timers: \(reason)"
        case .fileNotWritten(let path, let reason): "\(path) cannot be written: \(reason)"
        }
    }
    package var hint: String? {
        switch self {
        case .unknownSymbols(let names):
            names.compactMap(\.nearest).isEmpty
                ? "'ingest symbols' lists what there is; --ignore-errors leaves out what is not"
                : "did you mean " + names.compactMap(\.nearest).joined(separator: ", ") + "?"
        case .nothingToDo: "'ingest symbols' lists what there is"
        case .noUserManager:
            "log in as the user itself and run it again, or leave the timers out with --no-timers"
        case .unitsNotLinked:
            "run scripts/install-user-units, then this again; or leave the timers out with --no-timers"
        case .timersRefused: "see 'systemctl --user status', then run it again: it goes on from there"
        case .fileNotWritten: "see that the folder can be written, then run it again"
        }
    }
}
