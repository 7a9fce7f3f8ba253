import Candles
import GRDB
import Journal
import SQLiteRows

/// The rows of alerts and of their deliveries within one transaction.
struct AlertTable {
    /// Rows beyond these are forgotten, the oldest first.
    static let alertLimit = 10_000
    static let pendingLimit = 5000
    private static let historyLimit: Int64 = 50_000
    private static let memory: Int64 = 90 * 86_400_000

    let db: Database

    func alert(_ key: String) throws -> AlertEntry? {
        try Row.fetchOne(try db.cachedStatement(sql: "SELECT * FROM alerts WHERE key = ?"), arguments: [key])
            .map(AlertEntry.init)
    }

    /// Gives an alert that an earlier version keeps its key of now, with its deliveries and its history; without effect where there
    /// is none.
    func adopt(_ earlier: EarlierAlert, as key: String) throws {
        try db.execute(
            sql: """
                UPDATE OR IGNORE alerts SET key = ?, is_exact = 1
                WHERE key = ? AND source = ? AND rule = ? AND target = ? AND NOT is_exact
                """, arguments: [key, earlier.key, earlier.source, earlier.rule, earlier.target])
        if db.changesCount == 0 { return }
        for table in ["deliveries", "alert_log"] {
            try db.execute(sql: "UPDATE OR IGNORE \(table) SET key = ? WHERE key = ?", arguments: [key, earlier.key])
        }
    }

    func save(_ alert: AlertEntry) throws {
        try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO alerts(
                    key, source, rule, target, severity, message, hint, first_at, last_at, count, resolved_at, is_exact)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
                """
        ).execute(arguments: [
            alert.key, alert.source, alert.rule, alert.target, alert.severity, alert.message, alert.hint, alert.firstAt,
            alert.lastAt, alert.count, alert.resolvedAt,
        ])
    }

    func delivery(_ key: String, _ channel: String) throws -> AlertDelivery? {
        let select = try db.cachedStatement(sql: "SELECT * FROM deliveries WHERE key = ? AND channel = ?")
        return try Row.fetchOne(select, arguments: [key, channel]).map(AlertDelivery.init)
    }

    func deliveries(of key: String) throws -> [AlertDelivery] {
        try Row.fetchAll(db, sql: "SELECT * FROM deliveries WHERE key = ?", arguments: [key]).map(AlertDelivery.init)
    }

    func save(_ row: AlertDelivery) throws {
        let told = row.told
        let pending = row.pending
        try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO deliveries(
                    key, channel, told_at, told_severity, told_kind, pending_kind, pending_severity, pending_since,
                    pending_message, pending_hint, sequence, folded, attempts, not_before, started_at,
                    started_sequence, in_doubt)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            row.key, row.channel, told?.at, told?.severity, told?.kind.rawValue, pending?.kind.rawValue,
            pending?.severity, pending?.since, pending?.message, pending?.hint, row.sequence, row.folded, row.attempts,
            row.notBefore, row.startedAt, row.startedSequence, row.isInDoubt,
        ])
    }

    /// What a channel is to be told next: the gravest, and of these the oldest.
    ///
    /// A time further ahead than `longestHold` was set before the clock went back, and holds nothing.
    func next(for channel: String, at now: UnixMilliseconds, longestHold: Int64) throws -> AlertDelivery? {
        let select = try db.cachedStatement(
            sql: """
                SELECT * FROM deliveries
                WHERE channel = ? AND pending_kind IS NOT NULL AND (not_before <= ? OR not_before > ?)
                ORDER BY pending_severity DESC, pending_since, key LIMIT 1
                """)
        return try Row.fetchOne(select, arguments: [channel, now, now + longestHold]).map(AlertDelivery.init)
    }

    /// Lets go what a channel is to be told beyond the limit: what matters least, and of that the oldest; nothing critical.
    func trimPending(of channel: String, critical: Int) throws {
        let count = try db.cachedStatement(
            sql: "SELECT count(*) FROM deliveries WHERE channel = ? AND pending_kind IS NOT NULL")
        let excess = (try Int.fetchOne(count, arguments: [channel]) ?? 0) - Self.pendingLimit
        if excess <= 0 { return }
        let least = try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM deliveries
                WHERE channel = ? AND pending_kind IS NOT NULL AND pending_severity < ? AND started_at IS NULL
                ORDER BY pending_severity, pending_since, key LIMIT ?
                """, arguments: [channel, critical, excess])
        for var row in least.map(AlertDelivery.init) {
            row.pending = nil
            row.folded += 1
            row.sequence += 1
            try save(row)
        }
    }

    /// `ages` is the time by which what is older is forgotten, see `ClockTable`.
    func note(
        _ decision: AlertDecision, of alert: AlertEntry, at now: UnixMilliseconds, ages: UnixMilliseconds
    ) throws {
        try db.execute(
            sql: "INSERT INTO alert_log(at, key, kind, severity, message) VALUES (?, ?, ?, ?, ?)",
            arguments: [now, alert.key, decision.rawValue, alert.severity, alert.message])
        let newest = db.lastInsertedRowID
        try db.execute(
            sql: "DELETE FROM alert_log WHERE at < ? OR id <= ?",
            arguments: [ages - Self.memory, newest - Self.historyLimit])
    }

    /// Forgets alerts that nobody is to be told of, and of which nothing was heard for long, or of which there are too many.
    func forget(ages: UnixMilliseconds) throws {
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM alerts") ?? 0
        try db.execute(
            sql: """
                DELETE FROM alerts WHERE key IN (
                    SELECT key FROM alerts a WHERE last_at < ? ORDER BY last_at LIMIT 100)
                """, arguments: [ages - Self.memory])
        if count > Self.alertLimit {
            try db.execute(
                sql: """
                    DELETE FROM alerts WHERE key IN (
                        SELECT key FROM alerts a
                        WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.key = a.key AND d.pending_kind IS NOT NULL)
                        ORDER BY last_at LIMIT ?)
                    """, arguments: [count - Self.alertLimit])
        }
        if db.changesCount > 0 || count > Self.alertLimit {
            try db.execute(sql: "DELETE FROM deliveries WHERE key NOT IN (SELECT key FROM alerts)")
        }
    }
}

extension AlertEntry {
    init(_ row: Row) {
        self.init(
            key: row["key"], source: row["source"], rule: row["rule"], target: row["target"], severity: row["severity"],
            message: row["message"], hint: row["hint"], at: row["first_at"])
        lastAt = row["last_at"]
        count = row["count"]
        resolvedAt = row["resolved_at"]
    }
}

extension AlertDelivery {
    init(_ row: Row) {
        self.init(key: row["key"], channel: row["channel"])
        if let at: Int64 = row["told_at"] {
            told = Told(at: at, severity: row["told_severity"], kind: Self.kind(row["told_kind"]))
        }
        if let kind: String = row["pending_kind"] {
            pending = Pending(
                kind: Self.kind(kind), severity: row["pending_severity"], since: row["pending_since"],
                message: row["pending_message"], hint: row["pending_hint"])
        }
        sequence = row["sequence"]
        folded = row["folded"]
        attempts = row["attempts"]
        notBefore = row["not_before"]
        startedAt = row["started_at"]
        startedSequence = row["started_sequence"]
        isInDoubt = row["in_doubt"]
    }

    private static func kind(_ text: String) -> Kind { Kind(rawValue: text) ?? .firing }
}
