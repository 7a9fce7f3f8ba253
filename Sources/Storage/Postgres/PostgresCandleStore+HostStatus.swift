package import Candles
import Postgres

extension PostgresCandleStore {
    package func publish(status document: String, of host: String, at time: UnixMilliseconds) async throws {
        try await transaction { connection in
            _ = try connection.runQuery(
                """
                INSERT INTO host_status(host, at, document) VALUES ($1, from_unix_ms($2), $3::jsonb)
                ON CONFLICT (host) DO UPDATE SET at = excluded.at, document = excluded.document
                """, [host, "\(time)", document])
        }
    }

    package func hostStatuses() async throws -> [HostStatus] {
        try await transaction { connection in
            try connection.runQuery("SELECT host, unix_ms(at), document::text FROM host_status ORDER BY host")
                .typedRows.map { try HostStatus(host: $0.text(0), at: $0.required(1), document: $0.text(2)) }
        }
    }
}
