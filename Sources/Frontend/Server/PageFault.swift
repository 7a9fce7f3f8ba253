package import Resilience

/// Why the files of the page could not be taken in.
package enum PageFault: Fault, Equatable {
    case noPage(folder: String)
    case unreadable(path: String, reason: String)
    case tooLarge(path: String, limit: Int)

    package var code: String { "page-unreadable" }
    package var kind: FaultKind { .configuration }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .noPage(let folder): "there is no index.html in '\(folder)'"
        case .unreadable(let path, let reason): "cannot read '\(path)': \(reason)"
        case .tooLarge(let path, let limit): "'\(path)' is larger than \(limit) bytes"
        }
    }
    package var hint: String? { "build the program again; the page's files lie beside it" }
}
