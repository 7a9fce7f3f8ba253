extension PostgresConnection {
    /// Runs `body` between BEGIN and COMMIT on the connection's thread; an error that leaves it rolls everything back.
    ///
    /// `body` works with `runQuery`, `runScript` and `copyIn`, which wait on that thread: the caller hops to it once
    /// for a whole page. A cancellation stops `body`, but not COMMIT, so whoever gets a result knows that it is stored.
    ///
    /// - Throws: What `body` throws; `PostgresFault.lost` when nobody knows whether COMMIT arrived.
    package nonisolated func transaction<T: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> T
    ) async throws -> T {
        try await stoppable { connection in
            try connection.runScript("BEGIN")
            let value: T
            do {
                value = try body(connection)
            } catch {
                connection.rollBack()
                throw error
            }
            try connection.commit()
            return value
        }
    }

    /// Ends the transaction; a connection that cannot even do this is closed, which rolls back too.
    private func rollBack() {
        do {
            _ = try runToTheEnd("ROLLBACK")
        } catch {
            close()
        }
    }

    /// The server answers COMMIT with ROLLBACK when a statement failed and `body` did not pass the error on.
    private func commit() throws {
        let command = try runToTheEnd("COMMIT").command
        guard command == "COMMIT" else {
            throw PostgresFault.server(sqlstate: "25P02", message: "the transaction was rolled back", sql: nil)
        }
    }
}
