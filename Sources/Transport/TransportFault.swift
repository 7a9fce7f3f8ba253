import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
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

extension TransportFault {
    /// What an error of the client means, without its own text, which may quote the URL.
    init(_ error: any Error, of call: HTTPCall, limit: Int) async {
        let place = call.place
        switch error {
        case let fault as TransportFault: self = fault
        case NIOHTTPDecompression.DecompressionError.limit: self = .tooLarge(where: place, limit: limit)
        case let error as HTTPClientError where error == .connectTimeout || error == .getConnectionFromPoolTimeout:
            self = .notConnected(where: place, reason: "no connection came about in time")
        default:
            let port = call.url.port ?? (call.url.scheme?.lowercased() == "https" ? 443 : 80)
            if let failure = await ConnectionFailure(error, to: call.url.host() ?? "", port: port) {
                self = .notConnected(where: place, reason: failure.reason, remedy: failure.remedy)
            } else {
                self = .unreachable(where: place, reason: Self.reason(for: error))
            }
        }
    }

    private static func reason(for error: any Error) -> String {
        switch error {
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            "the reply cannot be decompressed"
        case is HTTPParserError: "the connection ended inside the reply, or the reply is not HTTP"
        default: "the connection broke before the end of the reply"
        }
    }
}

/// Why a connection did not come about, in words that quote nothing of its address.
struct ConnectionFailure {
    let reason: String
    /// What a person can do about it, where that is known.
    var remedy: String?

    /// Nil where the error says nothing about that.
    ///
    /// A server whose certificate was not taken is asked for it once more, without a request: the error does not tell what is wrong
    /// with it.
    init?(_ error: any Error, to host: String, port: Int) async {
        // Of each address of the host one; what stops TLS before it begins, such as certificates that cannot be read, is there, too.
        for error in (error as? NIOConnectionError)?.connectionErrors.map(\.error) ?? [error] {
            guard let refusal = await TLSRefusal(error, host: host, port: port) else { continue }
            reason = "the TLS handshake failed: \(refusal.reason)"
            remedy = refusal.remedy
            return
        }
        guard let known = Self.reason(for: error) else {
            return nil
        }
        reason = known
    }

    private static func reason(for error: any Error) -> String? {
        switch error {
        case let error as NIOConnectionError where error.connectionErrors.isEmpty: "the host is unknown"
        case is NIOConnectionError: "the connection is refused"
        case let error as IOError where error.errnoCode == ECONNREFUSED: "the connection is refused"
        default: nil
        }
    }
}
