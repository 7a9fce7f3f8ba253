import Foundation
import NIOConcurrencyHelpers
import Transport

/// Opens connections without a network; a test is the other side of each.
final class ScriptedConnector: WebSocketConnector {
    /// The other side of one connection.
    struct Peer: Sendable {
        fileprivate let inbound: AsyncThrowingStream<[UInt8], any Error>.Continuation
        /// What the program sends, in order; ends with the connection.
        let sent: AsyncStream<String>

        func say(_ text: String) { inbound.yield(Array(text.utf8)) }
        /// Ends the connection; nil is an orderly end.
        func end(_ error: (any Error)? = nil) { inbound.finish(throwing: error) }
    }

    /// Each connection that was asked for, as it comes; nil for one that was refused.
    let peers: AsyncStream<Peer?>
    private let opened: AsyncStream<Peer?>.Continuation
    private let refusals: NIOLockedValueBox<[WebSocketFault?]>

    /// `refusals`: how the first connections are refused; nil lets one in, as all later ones are.
    init(refusals: [WebSocketFault?] = []) {
        self.refusals = NIOLockedValueBox(refusals)
        (peers, opened) = AsyncStream.makeStream()
    }

    func withConnection<T: Sendable>(
        to url: URL, deadline: Duration, _ body: @Sendable (WebSocketConnection) async throws -> T
    ) async throws -> T {
        if let refusal = refusals.withLockedValue({ $0.isEmpty ? nil : $0.removeFirst() }) {
            opened.yield(nil)
            throw refusal
        }
        let (messages, inbound) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let (sent, outbound) = AsyncStream.makeStream(of: String.self)
        opened.yield(Peer(inbound: inbound, sent: sent))
        let connection = WebSocketConnection(messages: messages, send: { outbound.yield($0) }) { _ in inbound.finish() }
        defer { outbound.finish() }
        return try await body(connection)
    }
}
