import Resilience
import SystemPackage

/// Why a result did not reach whoever asked for it.
enum OutputFault: Fault, Equatable {
    case notWritten(reason: Errno)

    var code: String { "output-not-written" }
    var kind: FaultKind { .storage }
    var disposition: Disposition { .permanent }
    var summary: String {
        switch self {
        case .notWritten(let reason): "the result could not be written to stdout: \(reason)"
        }
    }
    var hint: String? { "make room where stdout goes, and ask again; what the command did is done" }
}
