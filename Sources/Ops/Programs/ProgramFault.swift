package import Resilience

/// Why another program could not do its work.
package enum ProgramFault: Fault, Equatable {
    case missing(name: String)
    case overdue(name: String, after: Duration)

    package var code: String {
        switch self {
        case .missing: "program-missing"
        case .overdue: "program-overdue"
        }
    }

    package var disposition: Disposition {
        switch self {
        case .missing: .permanent
        case .overdue: .retryable(after: nil)
        }
    }

    package var summary: String {
        switch self {
        case .missing(let name): "there is no program '\(name)'"
        case .overdue(let name, let limit): "'\(name)' did not end within \(limit.components.seconds) s, and was ended"
        }
    }

    package var hint: String? {
        switch self {
        case .missing(let name): "install \(name), or put its folder in PATH"
        case .overdue(let name, _): "run '\(name)' by hand to see what it waits for"
        }
    }
}
