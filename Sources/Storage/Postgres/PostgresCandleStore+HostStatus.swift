package import Candles
import Postgres

extension PostgresCandleStore {
    package func publish(status document: String, of host: String, at time: UnixMilliseconds) async throws {
        try await transaction { connection in
            try connection.runQuery(
                """
                INSERT INTO host_status(host, at, document) VALUES ($1, from_unix_ms($2), $3::jsonb)
                ON CONFLICT (host) DO UPDATE SET at = excluded.at, document = excluded.document
                """, [host, "\(time)", document])
            try connection.runQuery("SELECT pg_notify('host_status', $1)", [host])
        }
    }

    package func hostStatuses() async throws -> [HostStatus] {
        try await transaction { try $0.hostStatuses() }
    }
}
