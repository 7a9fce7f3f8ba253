import Postgres
import TestSupport

extension PostgresConnection {
    /// An open connection to an empty database of its own.
    static func toScratch() async throws -> PostgresConnection {
        try await open(ScratchPostgres.shared().database())
    }

    static func open(_ url: String) async throws -> PostgresConnection {
        let connection = PostgresConnection(try PostgresSettings(conninfo: url))
        try await connection.connect()
        return connection
    }

    /// How many rows the table `t` has.
    nonisolated func rowCount() async throws -> Int {
        Int(try await query("SELECT count(*) FROM t").rows.first?.first??.description ?? "") ?? -1
    }
}
