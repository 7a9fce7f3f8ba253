import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Lets a reply have a date of its own: the server writes the time over whatever a responder says.
final class OwnDate: ChannelOutboundHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// What a responder writes instead; it never leaves the process.
    static var field: HTTPFields.Element.Name { HTTPFields.Element.Name(parsed: "x-replay-date") ?? .date }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var response) = unwrapOutboundIn(data), let date = response.headerFields[OwnDate.field] else {
            return context.write(data, promise: promise)
        }
        response.headerFields[OwnDate.field] = nil
        response.headerFields[.date] = date
        context.write(wrapOutboundOut(.head(response)), promise: promise)
    }
}
