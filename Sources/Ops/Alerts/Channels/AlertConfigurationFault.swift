package import Resilience

/// Why the settings of the alerts cannot be used, or kept.
package enum AlertConfigurationFault: Fault, Equatable {
    /// All of them at once; none quotes a secret.
    case wrong(problems: [String])
    case notWritten(path: String, reason: String)

    package var code: String {
        switch self {
        case .wrong: "alert-config-wrong"
        case .notWritten: "alert-config-not-written"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .wrong: .configuration
        case .notWritten: .storage
        }
    }

    package var disposition: Disposition { .permanent }

    package var summary: String {
        switch self {
        case .wrong(let problems) where problems.count == 1: "a setting of the alerts is wrong: \(problems[0])"
        case .wrong(let problems):
            "\(problems.count) settings of the alerts are wrong:\n"
                + problems.map { "  - \($0)" }.joined(separator: "\n")
        case .notWritten(let path, let reason): "\(path) was not written: \(reason)"
        }
    }

    package var hint: String? {
        switch self {
        case .wrong: "correct the file or the environment (see .env.example), or run 'ops alert setup'"
        case .notWritten: "check the folder's owner and space, or name another file in ALERT_CONFIG"
        }
    }
}
