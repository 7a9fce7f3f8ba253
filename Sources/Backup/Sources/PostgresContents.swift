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
        guard try await hasTable("meta", connection) else { return nil }
        let answer = try await connection.query("SELECT value FROM meta WHERE key = 'schema_version'")
        return (answer.rows.first?[0]).flatMap { Int($0) }
    }

    /// Open time of the newest candle.
    static func newestCandle(_ connection: PostgresConnection) async throws -> String? {
        guard try await hasTable("series_stats", connection) else { return nil }
        let answer = try await connection.query("SELECT unix_ms(max(last_open)) FROM series_stats")
        return (answer.rows[0][0]).flatMap { Int64($0) }?.iso8601
    }

    private static func hasTable(_ name: String, _ connection: PostgresConnection) async throws -> Bool {
        try await connection.query("SELECT to_regclass($1)", [name]).rows[0][0] != nil
    }
}
