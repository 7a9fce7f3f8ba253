package import FoundationEssentials

/// Opens WebSocket connections.
package protocol WebSocketConnector: Sendable {
    /// Connects, runs `body` with the open connection, and closes it however `body` ends.
    ///
    /// `url`: `ws` or `wss`. `deadline`: for the whole handshake, which is name, TCP, TLS and upgrade; `body` has none.
    ///
    /// - Throws: `WebSocketFault`, `CancellationError`, and what `body` throws.
    func withConnection<T: Sendable>(
        to url: URL, deadline: Duration, _ body: @Sendable (WebSocketConnection) async throws -> T
    ) async throws -> T
}
