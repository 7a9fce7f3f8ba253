import Postgres

/// Listens to channels of a Postgres database on a connection of its own, which comes back after it was lost.
actor PostgresListener {
    private let connection: PostgresConnection
    private let channels: [String]
    private var isListening = false

    init(_ connection: PostgresConnection, channels: [String]) {
        self.connection = connection
        self.channels = channels
    }

    /// Waits until somebody notified one of the channels, at most `limit`; false where nobody did.
    ///
    /// True at once where it begins to listen: what was said before it did, nobody knows.
    func change(within limit: Duration) async throws -> Bool {
        if !isListening {
            try await listen()
            return true
        }
        do {
            return try await !connection.notifications(within: limit).isEmpty
        } catch PostgresFault.lost {
            isListening = false
            try await listen()
            return true
        }
    }

    private func listen() async throws {
        try await connection.connect()
        try await connection.execute(script: channels.map { "LISTEN \($0)" }.joined(separator: ";"))
        isListening = true
    }

    func close() async {
        isListening = false
        await connection.close()
    }
}
