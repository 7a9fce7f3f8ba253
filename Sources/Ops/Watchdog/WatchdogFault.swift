import Candles
package import Resilience

/// Why nothing can be watched as it was asked.
package enum WatchdogFault: ListingFault, Equatable {
    /// All that is wrong with the file, at once.
    case file(path: String, problems: [String])
    case unknownService(String, known: [String])

    package var code: String {
        switch self {
        case .file: "watchdog-file-wrong"
        case .unknownService: "watchdog-service-unknown"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .file: .configuration
        case .unknownService: .usage
        }
    }

    package var disposition: Disposition { .permanent }

    package var summary: String {
        switch self {
        case .file(let path, let problems) where problems.count == 1: "\(path) is wrong: \(problems[0].visible)"
        case .file(let path, let problems):
            "\(problems.count) things are wrong in \(path):\n"
                + problems.map { "  - \($0.visible)" }.joined(separator: "\n")
        case .unknownService(let name, let known) where known.isEmpty: "'\(name.visible)' is not watched; no service is"
        case .unknownService(let name, let known):
            "'\(name.visible)' is not watched; these are: \(known.joined(separator: ", "))"
        }
    }

    package var hint: String? {
        switch self {
        case .file: "correct the file that WATCHDOG_CONFIG names; docs/WATCHDOG.md explains each key"
        case .unknownService: "name one of them, or add it to the file that WATCHDOG_CONFIG names"
        }
    }
}
