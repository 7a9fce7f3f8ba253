package import FoundationEssentials

/// Sends one HTTP request and gives the whole reply.
///
/// Any status is a reply, redirects included: none is followed. The errors are `TransportFault` and
/// `CancellationError`.
package protocol HTTPTransport: Sendable {
    func send(_ call: HTTPCall) async throws -> HTTPReply
}

/// One request.
package struct HTTPCall: Sendable {
    package var url: URL
    package var method: String
    package var headers: [String: String]
    package var body: [UInt8]?
    /// From the start to the last byte of the reply.
    package var deadline: Duration
    /// The largest reply body that is taken, in bytes after decompression.
    package var bodyLimit: Int

    package init(
        url: URL, method: String = "GET", headers: [String: String] = [:], body: [UInt8]? = nil,
        deadline: Duration = .seconds(30), bodyLimit: Int = 16 << 20
    ) {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.bodyLimit = bodyLimit
    }

    /// Host, port and path: what messages may say, since a query or user info can hold secrets.
    package var place: String {
        let port = url.port.map { ":\($0)" } ?? ""
        return "\(url.host() ?? "no host")\(port)\(url.path())"
    }
}

/// One reply.
package struct HTTPReply: Sendable {
    package let status: Int
    /// The body after decompression.
    package let body: [UInt8]
    /// Values by name in lower case.
    private let headers: [String: String]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { "\($0), \($1)" }
        self.body = body
    }

    /// The value of a header, whose name may be in any case.
    package func header(_ name: String) -> String? { headers[name.lowercased()] }
}
