package import Candles
import GRDB
package import Journal
import SQLiteRows

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
        try await write { db, now in
            try db.execute(sql: "UPDATE silences SET until = ? WHERE id = ? AND until > ?", arguments: [now, id, now])
            return db.changesCount > 0
        }
    }

    /// Lets `rule` decide anew, as if they were raised now, about alerts that are not over and of which a silence that ended kept
    /// channels from hearing.
    package func endSilences(rule: @escaping @Sendable (AlertEntry) -> AlertRule) async throws {
        let hasEnded = try await read { [now] db in try SilenceTable(db: db).hasEnded(at: now()) }
        if !hasEnded { return }
        try await write { [uptime] db, now in
            // A clock that jumped ends no silence for good.
            let ages = try ClockTable(db: db, uptime: uptime()).ages(at: now)
            try SilenceTable(db: db).end(at: ages, rule: rule)
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
        try Row.fetchAll(db, sql: Self.select + " WHERE until > ? ORDER BY id", arguments: [now]).map(AlertSilence.init)
    }

    func isSilenced(_ alert: AlertEntry, at now: UnixMilliseconds) throws -> Bool {
        try silences(at: now).contains { $0.covers(alert) }
    }

    func hasEnded(at now: UnixMilliseconds) throws -> Bool {
        try Bool.fetchOne(
            try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM silences WHERE until <= ?)"), arguments: [now])
            ?? false
    }

    /// Forgets the silences that ended; what they covered and what still fires is decided anew for channels that know less of it.
    func end(at now: UnixMilliseconds, rule: (AlertEntry) -> Journal.AlertRule) throws {
        let ended = try Row.fetchAll(db, sql: Self.select + " WHERE until <= ?", arguments: [now]).map(
            AlertSilence.init)
        try db.execute(sql: "DELETE FROM silences WHERE until <= ?", arguments: [now])
        let table = AlertTable(db: db)
        let firing = try Row.fetchAll(db, sql: "SELECT * FROM alerts WHERE resolved_at IS NULL").map(AlertEntry.init)
        for alert in firing where try ended.contains(where: { $0.covers(alert) }) && !isSilenced(alert, at: now) {
            for var row in try table.deliveries(of: alert.key) where row.knowsLess(than: alert) {
                // The message that is told now does not count itself.
                row.folded = max(0, row.folded - 1)
                _ = rule(alert)(&row, false, now)
                try table.save(row)
            }
        }
    }

    private static let select = "SELECT id, pattern, until, author, comment, created_at FROM silences"

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

extension AlertSilence {
    fileprivate init(_ row: Row) {
        self.init(
            id: row[0], pattern: row[1], until: row[2], author: row[3], comment: row[4], createdAt: row[5])
    }
}

extension AlertDelivery {
    /// Whether the channel is to hear of an alert that fires, and neither heard nor will hear of it as it is.
    fileprivate func knowsLess(than alert: AlertEntry) -> Bool {
        guard pending == nil, folded > 0 else { return false }
        guard let told, told.kind == .firing else { return true }
        return told.severity < alert.severity
    }
}
