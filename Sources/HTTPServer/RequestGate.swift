import NIOCore
import NIOHTTP1

/// Passes requests on that the rules allow, and answers the others itself, as those whose answer is ready.
///
/// Stands behind NIO's pipeline handler, so that it sees one request at a time and its answers keep their turn.
final class RequestGate: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let rules: RequestRules
    private let ready: (any ReadyAnswers)?
    private let drain: OutputDrain
    private var knownHost: String?
    private var isHead = false
    /// The client has never heard of chunks.
    private var isOld = false
    private var bodyBytes = 0
    private var isAnswering = false
    private var isRefused = false
    /// The answer to the request that is being read; it is given at the request's end.
    private var answer: ReadyAnswer?
    /// The answer to a request that has come whole.
    private var due: ReadyAnswer?
    private var isWriting = false
    private var isFlushDue = false
    /// The client has closed its side, and what stands behind was not told of it yet.
    private var isEndHeld = false

    init(_ rules: RequestRules, ready: (any ReadyAnswers)?, drain: OutputDrain) {
        self.drain = drain
        self.rules = rules
        self.ready = ready
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRefused { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            isHead = head.method == .HEAD
            isOld = head.version != .http1_1
            bodyBytes = 0
            let refusal = rules.refusal(
                of: head, own: context.channel.localAddress?.ipAddress, known: &knownHost)
            if let refusal { return refuse(refusal, context) }
            answer = isHead || head.method == .GET ? ready?.answer(to: head) : nil
            if answer != nil { return }
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            if bodyBytes > rules.bodyBytes { return refuse(.tooLarge, context) }
            if answer != nil { return }
        case .end:
            if let answer {
                self.answer = nil
                due = answer
                return giveDue(context)
            }
        }
        context.fireChannelRead(data)
    }

    /// Answers to requests that came together go out together.
    func channelReadComplete(context: ChannelHandlerContext) {
        flush(context)
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if due != nil, context.channel.isWritable { giveDue(context, flushing: true) }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        isEndHeld = true
        tellOfEnd(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        refuse(error == .headerOverflow ? .headTooLarge : .malformed("the request is malformed"), context)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isRefused {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            isAnswering = !head.status.isInformational
            return context.write(wrapOutboundOut(.head(understood(head))), promise: promise)
        case .body: break
        case .end: isAnswering = false
        }
        context.write(data, promise: promise)
    }

    /// An answer without a length would go out in chunks; by its own version it ends with the connection.
    private func understood(_ head: HTTPResponseHead) -> HTTPResponseHead {
        guard isOld, head.status.mayHaveResponseBody, !head.headers.contains(name: "content-length") else {
            return head
        }
        var head = head
        head.version = .http1_0
        head.headers.remove(name: "transfer-encoding")
        return head
    }

    /// Gives the answer that is due, as soon as the client takes the ones before it.
    ///
    /// Its end brings the next request, within this very call: that is answered here too, not one call deeper.
    private func giveDue(_ context: ChannelHandlerContext, flushing: Bool = false) {
        if isWriting { return }
        isWriting = true
        while let answer = due {
            if !context.channel.isWritable { flush(context) }
            if !context.channel.isWritable { break }
            due = nil
            give(answer, context)
        }
        if flushing { flush(context) }
        isWriting = false
        tellOfEnd(context)
    }

    private func flush(_ context: ChannelHandlerContext) {
        if !isFlushDue { return }
        isFlushDue = false
        context.flush()
    }

    /// What hears of the client's end closes the connection, where it has nothing to answer itself.
    private func tellOfEnd(_ context: ChannelHandlerContext) {
        if !isEndHeld || due != nil { return }
        drain.whenSent {
            if !self.isEndHeld || self.due != nil { return }
            self.isEndHeld = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    private func give(_ answer: ReadyAnswer, _ context: ChannelHandlerContext) {
        isFlushDue = true
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: answer.headers)
        context.write(wrapOutboundOut(.head(understood(head))), promise: nil)
        if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Once; an answer that has begun cannot be taken back, so that its connection just ends.
    private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        if isRefused || !context.channel.isActive { return }
        isRefused = true
        if isAnswering { return context.close(promise: nil) }
        for part in refusal.parts(toHead: isHead) { context.write(wrapOutboundOut(part), promise: nil) }
        context.flush()
    }
}

/// Which requests are passed on.
struct RequestRules: Sendable {
    let hosts: AllowedHosts
    let methods: [HTTPMethod]
    let bodyBytes: Int

    /// Why a request is refused by what its head says; nil where it is passed on.
    ///
    /// `own` is the address that the client connected to, and `known` what was allowed as `Host` on this connection before. What
    /// two programs could read in two ways, as a body of two lengths or a target with a host of its own, is malformed.
    func refusal(of head: HTTPRequestHead, own: @autoclosure () -> String?, known: inout String?) -> Refusal? {
        let fields = head.headers["host"]
        if fields.count != 1 || fields[0] != known {
            switch hosts.verdict(on: fields, own: own()) {
            case .malformed: return .malformed("the request needs one Host")
            case .unknown: return .unknownHost
            case .allowed: known = fields[0]
            }
        }
        if !methods.contains(head.method) { return .method(allowed: methods.map(\.rawValue).joined(separator: ", ")) }
        if head.uri.utf8.first != UInt8(ascii: "/") { return .malformed("the target is no path") }
        return refusalOfLength(head)
    }

    private func refusalOfLength(_ head: HTTPRequestHead) -> Refusal? {
        let encodings = head.headers["transfer-encoding"]
        let lengths = head.headers["content-length"]
        if !encodings.isEmpty {
            guard encodings.map({ $0.lowercased() }) == ["chunked"], lengths.isEmpty, head.version == .http1_1 else {
                return .malformed("the body's length is not clear")
            }
            return nil
        }
        if lengths.isEmpty { return nil }
        guard lengths.count == 1, let length = Int(lengths[0]), length >= 0 else {
            return .malformed("the body's length is not clear")
        }
        return length > bodyBytes ? .tooLarge : nil
    }
}

/// Why a request is answered by the server itself; each ends the connection.
enum Refusal: Sendable, Equatable {
    case malformed(String)
    case unknownHost
    case method(allowed: String)
    case tooLarge
    case headTooLarge
    case late

    var status: HTTPResponseStatus {
        switch self {
        case .malformed: .badRequest
        case .unknownHost: .misdirectedRequest
        case .method: .methodNotAllowed
        case .tooLarge: .payloadTooLarge
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .late: .requestTimeout
        }
    }

    private var sentence: String {
        switch self {
        case .malformed(let reason): reason
        case .unknownHost: "this server is not called by that name; name it in ALLOWED_HOSTS"
        case .method(let allowed): "use \(allowed)"
        case .tooLarge: "the body is too large"
        case .headTooLarge: "the target or the header fields are too large, as with too many cookies"
        case .late: "the request did not come in time"
        }
    }

    /// The whole answer; to a HEAD request without its body.
    func parts(toHead: Bool) -> [HTTPServerResponsePart] {
        let body = ByteBuffer(string: sentence + "\n")
        var headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(body.readableBytes)",
            "Cache-Control": "no-store", "Connection": "close",
        ]
        if case .method(let allowed) = self { headers.add(name: "Allow", value: allowed) }
        let head = HTTPServerResponsePart.head(.init(version: .http1_1, status: status, headers: headers))
        return toHead ? [head, .end(nil)] : [head, .body(.byteBuffer(body)), .end(nil)]
    }
}
