package import Candles
import GRDB
package import Journal
import SQLiteRows

/// What was wrong, and what is still to be told.
extension Journal {
    /// Alerts that are not over and were raised since then; the gravest first, then the newest.
    package func firingAlerts(since: UnixMilliseconds) async throws -> [AlertEntry] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM alerts WHERE resolved_at IS NULL AND last_at >= ?
                    ORDER BY severity DESC, last_at DESC, key
                    """, arguments: [since]
            ).map(AlertEntry.init)
        }
    }

    /// What each channel is still to be told, the next first.
    package func pendingAlerts(channel: String? = nil) async throws -> [AlertDelivery] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM deliveries WHERE pending_kind IS NOT NULL AND channel = ifnull(?, channel)
                    ORDER BY channel, pending_severity DESC, pending_since, key
                    """, arguments: [channel]
            ).map(AlertDelivery.init)
        }
    }

    /// What channels know of one alert.
    package func alertDeliveries(of key: String) async throws -> [AlertDelivery] {
        try await read { db in try AlertTable(db: db).deliveries(of: key) }
    }

    /// What became news since then, newest first.
    package func alertNews(since: UnixMilliseconds, limit: Int = 1000) async throws -> [AlertNews] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT at, key, kind, severity, message FROM alert_log WHERE at >= ? ORDER BY id DESC LIMIT ?",
                arguments: [since, limit]
            ).map { AlertNews(at: $0[0], key: $0[1], kind: $0[2], severity: $0[3], message: $0[4]) }
        }
    }
}

/// One line of the history of alerts.
package struct AlertNews: Sendable, Equatable {
    package let at: UnixMilliseconds
    package let key: String
    /// `firing`, `escalated` or `resolved`.
    package let kind: String
    package let severity: Int
    package let message: String
}
