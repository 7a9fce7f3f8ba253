/// What one client may cost a server.
package struct HTTPServerLimits: Sendable, Equatable {
    /// Connections at a time; more wait until one ends.
    package var connections = 2048
    /// From a connection's beginning, or from the first byte of a later request, to the end of the request's head.
    package var head = Duration.seconds(10)
    /// From the end of the head to the end of the body.
    package var body = Duration.seconds(30)
    /// Between an answer and the next request.
    package var idle = Duration.seconds(60)
    /// How long a client may take none of an answer that waits for it.
    package var stall = Duration.seconds(30)
    /// How long a client has to read an answer that ends its connection.
    package var linger = Duration.seconds(1)
    /// How long answers that are being made may go on once the server is to stop.
    package var stopping = Duration.seconds(3)
    /// Bytes of a request's target and header fields together, and of one field.
    package var headBytes = 16 << 10
    package var fieldBytes = 8 << 10
    package var fields = 100
    package var bodyBytes = 64 << 10

    package init() {}
}
