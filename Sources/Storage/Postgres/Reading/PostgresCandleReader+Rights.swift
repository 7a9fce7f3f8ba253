import Postgres

extension PostgresCandleReader {
    /// Whether the role could change candles, which no reader does and none needs.
    package func mayWrite() async throws -> Bool {
        try await read { connection in
            let row = try connection.runQuery("SELECT has_table_privilege('candle', 'INSERT, UPDATE, DELETE')").rows
                .first
            return (row?.first ?? nil) == "t"
        }
    }
}
