package import Resilience

/// Why a file could not be written.
package enum FileFault: Fault, Equatable {
    case notWritten(path: String, reason: String)

    package var code: String { "file-not-written" }
    package var kind: FaultKind { .storage }
    package var disposition: Disposition { .retryable(after: nil) }
    package var summary: String {
        switch self {
        case .notWritten(let path, let reason): "\(path) cannot be written: \(reason)"
        }
    }
    package var hint: String? { "see that the disk has room and that this user may write there" }
}
