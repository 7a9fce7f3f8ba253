import Glibc
import NIOCore
import NIOPosix
import NIOSSL

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
        if let refusal = await TLSRefusal(error, host: host, port: port) {
            reason = "the TLS handshake failed: \(refusal.reason)"
            remedy = refusal.remedy
        } else if let known = Self.reason(for: error) {
            reason = known
        } else {
            return nil
        }
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
