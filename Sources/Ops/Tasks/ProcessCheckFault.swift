import Resilience

/// Why a wanted process could not be looked up or started.
enum ProcessCheckFault: Fault {
    case pattern(String)
    case restart(status: Int, lastWords: String)
    case gone(lastWords: String)

    var code: String {
        switch self {
        case .pattern: "process-pattern"
        case .restart, .gone: "process-restart-failed"
        }
    }
    var kind: FaultKind {
        switch self {
        case .pattern: .configuration
        case .restart, .gone: .unavailable
        }
    }
    var disposition: Disposition { .permanent }
    var summary: String {
        switch self {
        case .pattern(let pattern): "PROCESS_CHECK_PATTERN '\(pattern)' is no regular expression"
        case .restart(let status, let words): "PROCESS_RESTART_COMMAND ended with exit code \(status): \(words)"
        case .gone(let words):
            "nothing that PROCESS_CHECK_PATTERN matches runs 30 s after PROCESS_RESTART_COMMAND: \(words)"
        }
    }
    var hint: String? { "correct the setting" }
}
