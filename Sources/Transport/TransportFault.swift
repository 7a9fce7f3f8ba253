package import Resilience

/// Why a request has no whole reply.
package enum TransportFault: Fault, Equatable {
    case timedOut(where: String, after: Duration)
    /// Refused, unknown host, or no connection in time: the server has seen nothing of the request.
    case notConnected(where: String, reason: String, remedy: String? = nil)
    /// Reset, or cut short; whether the server acted on the request is not known.
    case unreachable(where: String, reason: String)
    case tooLarge(where: String, limit: Int)

    package var code: String {
        switch self {
        case .timedOut: "transport-timeout"
        case .notConnected, .unreachable: "transport-unreachable"
        case .tooLarge: "transport-too-large"
        }
    }
    package var kind: FaultKind { .unavailable }
    package var origin: FaultOrigin { .service }

    package var disposition: Disposition {
        switch self {
        case .timedOut, .notConnected, .unreachable: .retryable(after: nil)
        case .tooLarge: .permanent
        }
    }

    package var summary: String {
        switch self {
        case .timedOut(let place, let limit): "no whole reply from \(place) within \(limit)"
        case .notConnected(let place, let reason, _), .unreachable(let place, let reason):
            "no reply from \(place): \(reason)"
        case .tooLarge(let place, let limit): "the reply of \(place) is larger than \(limit) bytes"
        }
    }

    package var hint: String? {
        switch self {
        case .notConnected(_, _, let remedy?): remedy
        case .timedOut, .notConnected, .unreachable: "check the network and the address; it retries by itself"
        case .tooLarge: "check that the address is the intended server's"
        }
    }
}
