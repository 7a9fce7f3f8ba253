package import Candles
package import FoundationEssentials
import Resilience

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

extension HTTPReply {
    /// How long `Retry-After` asks to wait, at most a day; nil where it asks for nothing that can be understood.
    ///
    /// It is a number of seconds, or a date in any of the three forms of HTTP, which is measured against the reply's own `Date`, so
    /// that a wrong clock here changes nothing; against `now` where the reply has none. Of several values the longest wait counts.
    package func retryAfter(at now: UnixMilliseconds?) -> Duration? {
        guard let text = header("Retry-After") else { return nil }
        let made = HTTPDate.all(in: header("Date") ?? "").max()?.seconds ?? now.map { $0 / 1000 }
        let untilDates = made.map { made in HTTPDate.all(in: text).map { Double($0.seconds.minus(made)) } } ?? []
        let numbers = text.split(separator: ",").compactMap {
            Self.number(String($0.trimmingPrefix(while: \.isWhitespace)))
        }
        guard let seconds = (untilDates + numbers).max(), seconds > 0 else { return nil }
        return min(.milliseconds(Int64(nearest: (seconds * 1000).rounded(.up))), RequestBan.longestRetryAfter)
    }

    /// Not what else a number can be written as: infinity, hexadecimal.
    private static func number(_ text: String) -> Double? {
        text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") }
            ? Double(text) : nil
    }
}
