package import Resilience

/// Why a server could not begin.
package enum HTTPServerFault: Fault, Equatable {
    case cannotListen(host: String, port: Int, reason: String)

    package var code: String { "server-cannot-listen" }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .cannotListen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
        }
    }
    package var hint: String? { "free the port, or choose another one" }
}
