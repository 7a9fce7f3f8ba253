/// Where the dashboard is served.
package struct FrontendPlace: Sendable, Equatable {
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
}
