import NIOCore

/// A server-sent event before it has a number.
///
/// - Source: <https://html.spec.whatwg.org/multipage/server-sent-events.html>
struct EventFrame: Sendable {
    let name: String
    /// One line of JSON.
    let data: [UInt8]

    init(_ name: String, _ document: some Encodable) {
        self.name = name
        data = APIJSON.bytes(document)
    }

    /// `retry` is how many milliseconds a browser waits before it connects again.
    func bytes(id: String? = nil, retry: Int? = nil) -> ByteBuffer {
        var buffer = ByteBuffer()
        if let retry { buffer.writeString("retry: \(retry)\n") }
        if let id { buffer.writeString("id: \(id)\n") }
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }
}
