import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a server on this machine, one connection a request, and takes nothing off the answer.
struct APIClient: Sendable {
    let port: Int

    struct Reply: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        func json() throws -> Any { try JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed) }

        /// A member of the document, down its names.
        func member(_ names: String...) throws -> Any? {
            names.reduce(try json() as Any?) { ($0 as? [String: Any])?[$1] }
        }
    }

    func get(_ target: String, _ method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:]) async throws -> Reply {
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Reply.self)
        var headers = headers
        headers.replaceOrAdd(name: "Host", value: "127.0.0.1:\(port)")
        headers.replaceOrAdd(name: "Connection", value: "close")
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(Ear(promise))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return try await promise.futureResult.get()
    }

    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart

        private let promise: EventLoopPromise<Reply>
        private var head: HTTPResponseHead?
        private var body: [UInt8] = []

        init(_ promise: EventLoopPromise<Reply>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body(let bytes): body += bytes.readableBytesView
            case .end:
                if let head {
                    promise.succeed(Reply(status: Int(head.status.code), headers: head.headers, body: body))
                }
                context.close(promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            promise.fail(error)
            context.close(promise: nil)
        }
    }
}
