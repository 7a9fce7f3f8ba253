import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Why a connection did not come about, in words that quote nothing of its address.
struct ConnectionFailure {
    let reason: String

    /// Nil where the error says nothing about that.
    init?(_ error: any Error) {
        switch error {
        case let error as NIOConnectionError where error.connectionErrors.isEmpty: reason = "the host is unknown"
        case is NIOConnectionError: reason = "the connection is refused"
        case let error as IOError where error.errnoCode == ECONNREFUSED: reason = "the connection is refused"
        // An end without its proper words, after the handshake.
        case NIOSSLError.uncleanShutdown: return nil
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: reason = "the TLS handshake failed"
        default: return nil
        }
    }
}
