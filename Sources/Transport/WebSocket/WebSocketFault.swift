package import Resilience

/// Why a WebSocket connection did not come about, or ended.
package enum WebSocketFault: Fault, Equatable {
    /// The server answered the handshake with another status than 101.
    case refused(where: String, status: Int, retryAfter: Duration? = nil)
    /// Refused, unknown host, no trust, or an answer that is no handshake.
    case unreachable(where: String, reason: String, remedy: String? = nil)
    case timedOut(where: String, after: Duration)
    /// The other side ended it; 1006 where it did so without saying why, 1005 where its close had no code.
    case closed(where: String, code: UInt16, reason: String)
    /// A frame, or a message of many, had more bytes than this.
    case tooLarge(where: String, limit: Int)
    /// This many messages waited for a reader that did not come.
    case overrun(where: String, limit: Int)
    /// What came is no WebSocket traffic.
    case malformed(where: String)

    package var code: String {
        switch self {
        case .refused: "websocket-refused"
        case .unreachable: "websocket-unreachable"
        case .timedOut: "websocket-timeout"
        case .closed: "websocket-closed"
        case .tooLarge: "websocket-too-large"
        case .overrun: "websocket-overrun"
        case .malformed: "websocket-malformed"
        }
    }
    package var kind: FaultKind { .unavailable }
    package var origin: FaultOrigin { .service }

    package var disposition: Disposition {
        switch self {
        case .refused(_, let status, _) where status < 500 && status != 408 && status != 429: .permanent
        case .tooLarge: .permanent
        default: .retryable(after: nil)
        }
    }

    package var summary: String {
        switch self {
        case .refused(let place, let status, _): "\(place) answered the handshake with status \(status)"
        case .unreachable(let place, let reason, _): "no connection to \(place): \(reason)"
        case .timedOut(let place, let limit): "no connection to \(place) within \(limit)"
        case .closed(let place, let code, ""): "\(place) ended the connection with code \(code)"
        case .closed(let place, let code, let reason): "\(place) ended the connection with code \(code): \(reason)"
        case .tooLarge(let place, let limit): "a message of \(place) is larger than \(limit) bytes"
        case .overrun(let place, let limit): "\(limit) messages of \(place) waited to be read"
        case .malformed(let place): "\(place) sent data that is not a WebSocket frame"
        }
    }

    package var hint: String? {
        switch self {
        case .refused: "check the address; a limit of the server ends by itself"
        case .unreachable(_, _, let remedy?): remedy
        case .unreachable, .timedOut: "check the network and the address; it retries by itself"
        case .closed, .malformed: "wait; it connects again by itself"
        case .tooLarge: "check that the address is the intended server's"
        case .overrun: "check the load of this machine; it connects again by itself"
        }
    }
}
