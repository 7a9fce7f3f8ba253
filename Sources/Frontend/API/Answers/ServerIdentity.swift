package import Candles

/// What the server says of itself.
package struct ServerIdentity: Sendable, Equatable {
    package let version: String
    package let host: String
    /// `DEPLOYMENT_ENV`.
    package let environment: String?
    package let started: UnixMilliseconds
    /// Another one after each start: events of another boot cannot be replayed.
    package let boot: String

    package init(version: String, host: String, environment: String?, started: UnixMilliseconds, boot: String) {
        self.version = version
        self.host = host
        self.environment = environment
        self.started = started
        self.boot = boot
    }
}

/// Streams of live events.
package struct StreamCount: Encodable, Sendable, Equatable {
    package let open: Int
    package let limit: Int

    package init(open: Int, limit: Int) {
        self.open = open
        self.limit = limit
    }
}
