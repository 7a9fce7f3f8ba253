import Candles
import FoundationEssentials
import NIOCore

/// Where a WebSocket URL leads.
struct WebSocketEndpoint: Sendable {
    let isSecure: Bool
    let host: String
    let port: Int
    /// Path and query: what the handshake asks for.
    let target: String
    /// Scheme, host, port and path: what messages may say, since a query or user info can hold secrets.
    let place: String

    /// - Throws: `WebSocketFault.unreachable`.
    init(_ url: URL) throws(WebSocketFault) {
        let scheme = url.scheme?.lowercased() ?? ""
        let host = url.host() ?? ""
        let path = url.path().isEmpty ? "/" : url.path()
        isSecure = scheme == "wss"
        self.host = host.filter { $0 != "[" && $0 != "]" }
        port = url.port ?? (isSecure ? 443 : 80)
        target = path + (url.query().map { "?\($0)" } ?? "")
        let written = self.host.contains(":") ? "[\(self.host)]" : self.host
        place = "\(scheme)://\(written):\(port)\(path)"
        guard isSecure || scheme == "ws", !host.isEmpty, NetworkPort.isSound(in: url.absoluteString) else {
            throw .unreachable(where: place, reason: "the address is not a WebSocket URL")
        }
    }

    /// The value of the `Host` header.
    var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The name that a certificate must have; nil for an address, which TLS does not send.
    var serverName: String? { (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil }
}
