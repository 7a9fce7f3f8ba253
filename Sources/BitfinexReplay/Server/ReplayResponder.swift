import Candles
import Hummingbird
import NIOConcurrencyHelpers
import NIOCore

/// A request's context with its connection, which a scripted fault may reset.
struct ReplayContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Answers a request: arrival, block, latency, faults, reply, log.
struct ReplayResponder: HTTPResponder {
    let market: ReplayMarket
    let settings: ReplaySettings
    let clock: ReplayClock
    let state: NIOLockedValueBox<ReplayState>

    func respond(to request: Request, context: ReplayContext) async throws -> Response {
        if request.uri.path.hasPrefix("/__") {
            let reply = await ReplayControl(state: state).reply(to: request)
            return response(reply)
        }
        let arrived = ArrivedRequest(
            at: clock.now(), method: request.method.rawValue, path: request.uri.path, query: request.uri.query ?? "")
        let reply = try await answer(arrived)
        record(reply, arrived)
        try await withhold(reply, context.channel)
        return response(reply)
    }

    private func answer(_ request: ArrivedRequest) async throws -> ReplayReply {
        let (verdict, faults) = state.withLockedValue { $0.arrive(request, settings: settings) }
        defer { state.withLockedValue { $0.leave() } }
        if settings.latency > .zero { try await clock.sleep(settings.latency) }
        return reply(to: request, verdict, faults)
    }

    private func reply(
        to request: ArrivedRequest, _ verdict: RateWindow.Verdict, _ faults: [FaultEffect]
    ) -> ReplayReply {
        switch verdict {
        case .admitted: break
        case .breach: return refusal(until: request.at + settings.block.milliseconds, at: request.at)
        case .banned(let until): return refusal(until: until, at: request.at)
        }
        if request.path == "/v2/platform/status", state.withLockedValue({ $0.isInMaintenance(at: clock.now()) }) {
            return .json("[0]")
        }
        var reply =
            faults.lazy.compactMap { $0.replacement(for: request.path) }.first
            ?? PublicAPI(market: market, now: clock.now()).reply(to: request, faults)
        for case .delivery(let delivery) in faults { reply.delivery = delivery }
        for case .dated(let seconds, let age) in faults {
            reply.date = seconds.map { clock.now() + Int64($0) * 1000 } ?? reply.date
            reply.age = age ?? reply.age
        }
        return reply
    }

    private func refusal(until: UnixMilliseconds, at now: UnixMilliseconds) -> ReplayReply {
        let seconds = Int((until - now + 999) / 1000)
        return ErrorReply.rateLimited.reply(retryAfter: settings.sendsRetryAfter ? seconds : nil)
    }

    private func record(_ reply: ReplayReply, _ request: ArrivedRequest) {
        let isSent = reply.delivery != .hang && reply.delivery != .reset
        let entry = ReplayStatistics.Entry(
            at: request.at, method: request.method, path: request.path, query: request.query,
            status: isSent ? reply.status : 0, rows: isSent ? reply.rows : 0)
        state.withLockedValue { $0.statistics.append(entry, bytes: isSent ? reply.byteCount : 0) }
    }

    /// Throws, late or soon, where the client shall get no reply.
    private func withhold(_ reply: ReplayReply, _ channel: any Channel) async throws {
        switch reply.delivery {
        case .whole, .truncated, .slowDrip: return
        case .hang: await channel.untilClosed()
        case .reset: try await channel.reset()
        }
        throw ChannelError.ioOnClosedChannel
    }

    private func response(_ reply: ReplayReply) -> Response {
        var headers: HTTPFields = [.contentType: reply.contentType]
        if let seconds = reply.retryAfter { headers[.retryAfter] = String(seconds) }
        if let date = reply.date { headers[OwnDate.field] = HTTPDate(seconds: date / 1000).description }
        if let age = reply.age { headers[.age] = age }
        return Response(status: .init(code: reply.status), headers: headers, body: body(reply))
    }

    private func body(_ reply: ReplayReply) -> ResponseBody {
        switch reply.delivery {
        case .whole, .hang, .reset: return ResponseBody(contentsOf: reply.body)
        case .truncated:
            return ResponseBody(contentLength: reply.byteCount + 1) { writer in
                var whole = reply.wholeBody
                if let half = whole.readSlice(length: whole.readableBytes / 2) { try await writer.write(half) }
                throw ChannelError.outputClosed
            }
        case .slowDrip(let bytes, let pause):
            return ResponseBody(contentLength: reply.byteCount) { writer in
                var rest = reply.wholeBody
                while rest.readableBytes > 0 {
                    try await clock.sleep(pause)
                    guard let drop = rest.readSlice(length: min(bytes, rest.readableBytes)) else { break }
                    try await writer.write(drop)
                }
                try await writer.finish(nil)
            }
        }
    }
}

extension ReplayReply {
    fileprivate var wholeBody: ByteBuffer {
        var whole = ByteBuffer()
        for piece in body { whole.writeImmutableBuffer(piece) }
        return whole
    }
}

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

/// Writes JSON by hand, where the exchange's mixed arrays fit no `Codable` type.
enum JSONText {
    static func list(_ items: some Sequence<String>) -> String { "[" + items.joined(separator: ",") + "]" }

    static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\u{0}"..."\u{1F}": "\\u" + String(UInt32(scalar.value) + 0x10000, radix: 16).dropFirst()
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
