/// Where a server listens, and what it is called by.
package struct ListenAddress: Sendable, Equatable {
    package let host: String
    /// 0 is any free one.
    package let port: Int
    /// Names that a request's Host may have, besides the host's own.
    package let allowedHosts: [String]

    package init(host: String, port: Int, allowedHosts: [String] = []) {
        self.host = host
        self.port = port
        self.allowedHosts = allowedHosts
    }

    /// Any free port that only this host can reach.
    package static let anyOfLoopback = Self(host: "127.0.0.1", port: 0)
}
