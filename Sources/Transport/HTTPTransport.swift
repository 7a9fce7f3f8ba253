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
        self.headers = Dictionary(headers.map { ($0.key.lowercased(), Self.trimmed($0.value)) }) { "\($0), \($1)" }
        self.body = body
    }

    /// Blanks around a value are no part of it (RFC 9110, section 5.5).
    private static func trimmed(_ value: String) -> String {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = value.utf8.firstIndex(where: { !isBlank($0) }),
            let last = value.utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(value[first...last])
    }

    /// The value of a header, whose name may be in any case; the values of one that came more than once stand there with commas.
    package func header(_ name: String) -> String? { headers[name.lowercased()] }
}
