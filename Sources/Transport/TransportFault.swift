package import Resilience

/// Why a request has no whole reply.
package enum TransportFault: Fault, Equatable {
    case timedOut(where: String, after: Duration)
    /// Refused, unknown host, reset, or cut short; whether the server acted on the request is not known.
    case unreachable(where: String, reason: String)
    case tooLarge(where: String, limit: Int)

    package var code: String {
        switch self {
        case .timedOut: "transport-timeout"
        case .unreachable: "transport-unreachable"
        case .tooLarge: "transport-too-large"
        }
    }

    package var disposition: Disposition {
        switch self {
        case .timedOut, .unreachable: .retryable(after: nil)
        case .tooLarge: .permanent
        }
    }

    package var summary: String {
        switch self {
        case .timedOut(let place, let limit): "no whole reply from \(place) within \(limit)"
        case .unreachable(let place, let reason): "no reply from \(place): \(reason)"
        case .tooLarge(let place, let limit): "the reply of \(place) is larger than \(limit) bytes"
        }
    }

    package var hint: String? {
        switch self {
        case .timedOut, .unreachable: "check the network and the address; it retries by itself"
        case .tooLarge: "check that the address is the intended server's"
        }
    }
}
