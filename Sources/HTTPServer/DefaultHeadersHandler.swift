import Candles
import NIOCore
import NIOHTTP1

/// Puts the standing headers and the date on each answer as it leaves.
final class DefaultHeadersHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let headers: DefaultHeaders
    private let now: @Sendable () -> HTTPDate
    /// As it was last written.
    private var date: (at: HTTPDate, text: String)?

    init(_ headers: DefaultHeaders, now: @escaping @Sendable () -> HTTPDate) {
        self.headers = headers
        self.now = now
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), !head.status.isInformational else {
            return context.write(data, promise: promise)
        }
        headers.complete(&head.headers)
        if !head.headers.contains(name: "date") { head.headers.add(name: "Date", value: text(of: now())) }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    private func text(of moment: HTTPDate) -> String {
        if let date, date.at == moment { return date.text }
        let text = moment.description
        date = (moment, text)
        return text
    }
}
