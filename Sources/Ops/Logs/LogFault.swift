package import Resilience

/// Why logs could not be read or rotated.
package enum LogFault: Fault, Equatable {
    case folderUnusable(path: String, reason: String)
    case notRotated(path: String, reason: String)

    package var code: String {
        switch self {
        case .folderUnusable: "log-folder"
        case .notRotated: "log-not-rotated"
        }
    }
    package var kind: FaultKind { .storage }

    package var disposition: Disposition { .healable }

    package var summary: String {
        switch self {
        case .folderUnusable(let path, let reason): "cannot use the folder of logs '\(path)': \(reason)"
        case .notRotated(let path, let reason): "cannot rotate '\(path)': \(reason)"
        }
    }

    package var hint: String? {
        switch self {
        case .folderUnusable: "check the folder's owner and permissions, or set LOG_DIR"
        case .notRotated:
            "free some room on that disk (df -h) or mend what the message names; nothing was lost, and the next run goes on"
        }
    }
}
