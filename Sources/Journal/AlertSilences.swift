package import Candles
import GRDB

/// Alerts that a person does not want to hear of for a while.
extension Journal {
    /// Silences alerts whose key, or `source/rule/target`, matches; `*` stands for anything, `?` for one character.
    ///
    /// What is still to be told of them is let go, but in the channel `unsilenced`.
    package func silence(
        _ pattern: String, for duration: Duration, author: String, comment: String?, unsilenced: String
    ) async throws -> AlertSilence {
        try await write { db, now in
            let table = SilenceTable(db: db)
            try table.forget(at: now)
            let until = now + duration.milliseconds
            try db.execute(
                sql: "INSERT INTO silences(pattern, until, author, comment, created_at) VALUES (?, ?, ?, ?, ?)",
                arguments: [pattern, until, author, comment, now])
            let silence = AlertSilence(
                id: db.lastInsertedRowID, pattern: pattern, until: until, author: author, comment: comment,
                createdAt: now)
            try table.apply(silence, unsilenced: unsilenced)
            return silence
        }
    }

    /// Those that hold now, oldest first.
    package func silences() async throws -> [AlertSilence] {
        try await read { [now] db in try SilenceTable(db: db).silences(at: now()) }
    }

    /// Whether there was such a silence.
    package func removeSilence(_ id: Int64) async throws -> Bool {
        try await write { db, _ in
            try db.execute(sql: "DELETE FROM silences WHERE id = ?", arguments: [id])
            return db.changesCount > 0
        }
    }
}

/// A pattern of alerts of which nobody is told until it expires.
package struct AlertSilence: Sendable, Equatable {
    package let id: Int64
    package let pattern: String
    package let until: UnixMilliseconds
    package let author: String
    package let comment: String?
    package let createdAt: UnixMilliseconds

    package func covers(_ alert: AlertEntry) -> Bool {
        let glob = Glob(pattern)
        return glob.matches(alert.key) || glob.matches("\(alert.source)/\(alert.rule)/\(alert.target)")
    }
}

/// The rows of silences within one transaction.
struct SilenceTable {
    let db: Database

    func silences(at now: UnixMilliseconds) throws -> [AlertSilence] {
        try Row.fetchAll(
            db, sql: "SELECT id, pattern, until, author, comment, created_at FROM silences WHERE until > ? ORDER BY id",
            arguments: [now]
        ).map { AlertSilence(id: $0[0], pattern: $0[1], until: $0[2], author: $0[3], comment: $0[4], createdAt: $0[5]) }
    }

    func isSilenced(_ alert: AlertEntry, at now: UnixMilliseconds) throws -> Bool {
        try silences(at: now).contains { $0.covers(alert) }
    }

    func forget(at now: UnixMilliseconds) throws {
        try db.execute(sql: "DELETE FROM silences WHERE until <= ?", arguments: [now])
    }

    /// Takes what it covers out of the queue.
    func apply(_ silence: AlertSilence, unsilenced: String) throws {
        let table = AlertTable(db: db)
        let pending = try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM deliveries
                WHERE pending_kind = 'firing' AND channel <> ? AND started_at IS NULL
                """, arguments: [unsilenced])
        for var row in pending.map(AlertDelivery.init) {
            guard let alert = try table.alert(row.key), silence.covers(alert) else { continue }
            row.pending = nil
            row.folded += 1
            row.sequence += 1
            try table.save(row)
        }
    }
}
