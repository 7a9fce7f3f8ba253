import NIOCore
import NIOHTTP1

/// Header fields that every answer has, whoever made it: a route, the router, or the server itself refusing a request.
///
/// A field that an answer already has stays as it is.
package struct StandingHeaders: Sendable, Equatable {
    package let fields: [Field]

    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// For what is read by programs: `policy` lets a browser load nothing at all.
    package init(contentSecurityPolicy policy: String = "default-src 'none'; frame-ancestors 'none'") {
        fields = [
            Field(name: "Content-Security-Policy", value: policy),
            Field(name: "X-Content-Type-Options", value: "nosniff"),
            Field(name: "X-Frame-Options", value: "DENY"),
            Field(name: "Referrer-Policy", value: "no-referrer"),
            Field(name: "Cross-Origin-Opener-Policy", value: "same-origin"),
            Field(name: "Cross-Origin-Resource-Policy", value: "same-origin"),
            Field(name: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()"),
        ]
    }
}

/// Puts the standing headers on each answer as it leaves.
final class HeaderStamp: ChannelOutboundHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let headers: StandingHeaders

    init(_ headers: StandingHeaders) { self.headers = headers }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), !head.status.isInformational else {
            return context.write(data, promise: promise)
        }
        for field in headers.fields where !head.headers.contains(name: field.name) {
            head.headers.add(name: field.name, value: field.value)
        }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}

extension HTTPResponseStatus {
    var isInformational: Bool { (100..<200).contains(code) }
}
