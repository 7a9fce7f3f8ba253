import Candles
import NIOCore

/// What goes back to the client.
struct ReplayReply: Sendable {
    var status = 200
    var contentType = "application/json; charset=utf-8"
    var retryAfter: Int?
    /// Where the server does not give its own.
    var date: UnixMilliseconds?
    var age: String?
    /// The body, in pieces so that a page need not be copied.
    var body: [ByteBuffer] = []
    /// How many candles are in it.
    var rows = 0
    var delivery = Delivery.whole

    var byteCount: Int { body.reduce(0) { $0 + $1.readableBytes } }

    static func json(_ text: String, status: Int = 200) -> ReplayReply {
        ReplayReply(status: status, body: [ByteBuffer(string: text)])
    }

    static func html(_ text: String, status: Int) -> ReplayReply {
        ReplayReply(status: status, contentType: "text/html; charset=utf-8", body: [ByteBuffer(string: text)])
    }

    /// What the exchange's Express server says to a path that it does not know.
    static func cannotGet(_ path: String) -> ReplayReply {
        let escaped = path.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return html(
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>Error</title>
            </head>
            <body>
            <pre>Cannot GET /api\(escaped)</pre>
            </body>
            </html>

            """, status: 404)
    }
}
