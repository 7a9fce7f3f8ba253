import Candles
import Postgres

/// What a Postgres database says of itself.
enum PostgresContents {
    static func serverVersion(_ connection: PostgresConnection) async throws -> PostgresVersion {
        let number = try await connection.query("SHOW server_version_num").rows[0][0]
        return PostgresVersion(number: number) ?? PostgresVersion(major: 0, minor: 0)
    }

    /// Of this program's schema; nil where it is not there.
    static func schemaVersion(_ connection: PostgresConnection) async throws -> Int? {
        try await value("SELECT value FROM meta WHERE key = 'schema_version'", connection).flatMap { Int($0) }
    }

    /// Open time of the newest candle.
    static func newestCandle(_ connection: PostgresConnection) async throws -> String? {
        try await value("SELECT unix_ms(max(last_open)) FROM series_stats", connection).flatMap { Int64($0) }?.iso8601
    }

    /// Nil also where the table or what it should have is missing: it may be somebody else's, with the same name.
    private static func value(_ sql: String, _ connection: PostgresConnection) async throws -> String? {
        do {
            return try await connection.query(sql).rows.first?[0]
        } catch PostgresFault.server(let sqlstate, _, _) where ["42P01", "42703", "42883"].contains(sqlstate) {
            return nil
        }
    }
}
