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
