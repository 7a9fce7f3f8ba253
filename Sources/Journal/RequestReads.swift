package import Candles
import GRDB
import SQLiteRows

extension Journal {
    /// How many requests this host sent since a time, and until when each host of an exchange is left alone.
    package func requests(since: UnixMilliseconds) async throws -> RequestSummary {
        try await read { [now] db in
            let sent = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM requests WHERE started_at >= ?", arguments: [since])
            let bans = try Row.fetchAll(db, sql: "SELECT host, until FROM bans WHERE until > ?", arguments: [now()])
            return RequestSummary(
                sent: sent ?? 0, bans: bans.map { RequestSummary.Ban(host: $0[0], until: $0[1]) })
        }
    }
}

/// What was asked of exchanges, and what they forbid.
package struct RequestSummary: Sendable, Equatable {
    package struct Ban: Sendable, Equatable {
        package let host: String
        package let until: UnixMilliseconds
    }

    package let sent: Int
    package let bans: [Ban]
}
