package import Candles
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Header fields that every answer has, whoever made it: a route, the router, or the server itself refusing a request.
///
/// A field that an answer already has stays as it is.
package struct DefaultHeaders: Sendable, Equatable {
    package let fields: [Field]

    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// For what is read by programs: `policy` lets a browser load nothing at all.
    ///
    /// There is no Cross-Origin-Opener-Policy: over plain http a browser ignores it, and reports it as an error of the page.
    package init(contentSecurityPolicy policy: String = "default-src 'none'; frame-ancestors 'none'") {
        fields = [
            Field(name: "Content-Security-Policy", value: policy),
            Field(name: "X-Content-Type-Options", value: "nosniff"),
            Field(name: "X-Frame-Options", value: "DENY"),
            Field(name: "Referrer-Policy", value: "no-referrer"),
            Field(name: "Cross-Origin-Resource-Policy", value: "same-origin"),
            Field(name: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()"),
        ]
        block = HTTPHeaders(fields.map { ($0.name, $0.value) })
        lengths = Set(fields.map(\.name.utf8.count))
    }

    private let block: HTTPHeaders
    private let lengths: Set<Int>

    /// Adds what `headers` do not have.
    func complete(_ headers: inout HTTPHeaders) {
        // Six searches for each answer would cost more than all else that is done to it; a name that is as long as one of
        // ours is rare.
        if !headers.contains(where: { lengths.contains($0.name.utf8.count) }) { return headers.add(contentsOf: block) }
        for field in fields where !headers.contains(name: field.name) {
            headers.add(name: field.name, value: field.value)
        }
    }
}

extension HTTPResponseStatus {
    var isInformational: Bool { (100..<200).contains(code) }
}

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

extension HTTPDate {
    package static var now: Self { Self(seconds: Int64(Date.now.timeIntervalSince1970)) }
}
