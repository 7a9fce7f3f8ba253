package import Candles
import GRDB
package import Journal
import SQLiteRows

/// What is known of the channels themselves.
extension Journal {
    /// Whoever tells a channel's queue holds this: one at a time, and no other process the same.
    ///
    /// - Throws: `JournalFault.busy` at once where another holds it.
    package func lockAlertChannel(_ name: String) throws(JournalFault) -> JobLock {
        try lock("alerts \(name)")
    }

    /// Notes that a process of this host tells these channels: for a week other processes leave alerts for them here.
    ///
    /// What waits for a channel that nobody has met for a week while others were is let go. To be called once an hour; in between
    /// it writes nothing.
    package func registerChannels(_ channels: [KnownChannel]) async throws {
        let isKnown = try await read { [now] db in
            try channels.allSatisfy { try ChannelTable(db: db).isMet($0, since: now() - ChannelTable.meeting) }
        }
        if isKnown { return }
        try await write { [uptime] db, now in
            let table = ChannelTable(db: db)
            let ages = try ClockTable(db: db, uptime: uptime()).ages(at: now)
            try table.letGoUnmet(but: channels.map(\.name))
            for channel in channels { try table.meet(channel, at: ages) }
        }
    }

    /// Tells a channel nothing until then.
    package func holdAlertChannel(_ name: String, configuration: String, for duration: Duration) async throws {
        try await write { db, now in
            try ChannelTable(db: db).meet(name, configuration: configuration)
            try db.execute(
                sql: "UPDATE alert_channels SET not_before = ? WHERE name = ?",
                arguments: [now + duration.milliseconds, name])
        }
    }

    /// Tells a channel nothing until its configuration is another one, or until `reviveAlertChannel`.
    package func loseAlertChannel(_ name: String, configuration: String, reason: String) async throws {
        try await write { db, now in
            try ChannelTable(db: db).meet(name, configuration: configuration)
            try db.execute(
                sql: "UPDATE alert_channels SET gone_at = ?, gone_reason = ? WHERE name = ?",
                arguments: [now, reason, name])
        }
    }

    /// Tells a channel again what it was not told while it was gone or held: a person has seen that it works.
    package func reviveAlertChannel(_ name: String) async throws {
        try await write { db, _ in
            try db.execute(
                sql: "UPDATE alert_channels SET gone_at = NULL, gone_reason = NULL, not_before = 0 WHERE name = ?",
                arguments: [name])
            try db.execute(
                sql: "UPDATE deliveries SET not_before = 0 WHERE channel = ? AND attempts > 0", arguments: [name])
        }
    }

    /// What a channel noted of its own, for this configuration; nil where it noted nothing.
    package func alertChannelDetail(_ name: String, configuration: String) async throws -> String? {
        try await read { db in
            try String.fetchOne(
                db, sql: "SELECT detail FROM alert_channels WHERE name = ? AND configuration = ?",
                arguments: [name, configuration])
        }
    }

    package func noteAlertChannel(_ name: String, configuration: String, detail: String?) async throws {
        try await write { db, _ in
            try ChannelTable(db: db).meet(name, configuration: configuration)
            try db.execute(
                sql: "UPDATE alert_channels SET detail = ? WHERE name = ?", arguments: [detail, name])
        }
    }

    /// Those that take nothing any more, unless their configuration has changed since.
    package func goneAlertChannels() async throws -> [GoneChannel] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT name, configuration, gone_at, gone_reason FROM alert_channels
                    WHERE gone_at IS NOT NULL ORDER BY name
                    """
            ).map { GoneChannel(name: $0[0], configuration: $0[1], at: $0[2], reason: $0[3] ?? "") }
        }
    }
}

/// A channel that takes nothing any more.
package struct GoneChannel: Sendable, Equatable {
    package let name: String
    package let configuration: String
    package let at: UnixMilliseconds
    package let reason: String
}

/// The rows of channels within one transaction.
struct ChannelTable {
    /// How long a channel is known that nobody meets, and how often it is met; in milliseconds.
    static let memory: UnixMilliseconds = 7 * 86_400_000
    static let meeting: UnixMilliseconds = 3_600_000 - 60_000

    let db: Database

    func isMet(_ channel: KnownChannel, since time: UnixMilliseconds) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (
                    SELECT 1 FROM alert_channels WHERE name = ? AND configuration = ? AND threshold = ? AND met_at > ?)
                """, arguments: [channel.name, channel.configuration, channel.threshold, time]) ?? false
    }

    func meet(_ channel: KnownChannel, at now: UnixMilliseconds) throws {
        try meet(channel.name, configuration: channel.configuration)
        try db.execute(
            sql: "UPDATE alert_channels SET met_at = ?, threshold = ? WHERE name = ?",
            arguments: [now, channel.threshold, channel.name])
    }

    /// Those that a process of this host tells of this severity.
    func met(severity: Int, at now: UnixMilliseconds) throws -> [String] {
        try String.fetchAll(
            try db.cachedStatement(
                sql: """
                    SELECT name FROM alert_channels
                    WHERE met_at > ? AND threshold <= ? AND gone_at IS NULL ORDER BY name
                    """), arguments: [now - Self.memory, severity])
    }

    /// Lets go what waits for channels that nobody met in the week before any was met last: a host that was off forgets none.
    func letGoUnmet(but channels: [String]) throws {
        let last = try Int64.fetchOne(db, sql: "SELECT max(met_at) FROM alert_channels") ?? 0
        let unmet = try String.fetchAll(
            db, sql: "SELECT name FROM alert_channels WHERE met_at > 0 AND met_at < ?", arguments: [last - Self.memory])
        for channel in unmet where !channels.contains(channel) {
            try db.execute(
                sql: """
                    UPDATE deliveries SET pending_kind = NULL, sequence = sequence + 1
                    WHERE channel = ? AND pending_kind IS NOT NULL
                    """, arguments: [channel])
        }
    }

    /// Makes the row; what was known of another configuration is forgotten.
    func meet(_ name: String, configuration: String) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO alert_channels(name, configuration) VALUES (?, ?)
                ON CONFLICT(name) DO UPDATE SET configuration = excluded.configuration, gone_at = NULL, gone_reason = NULL,
                    not_before = 0, detail = NULL
                WHERE configuration IS NOT excluded.configuration
                """
        ).execute(arguments: [name, configuration])
    }

    func isOpen(
        _ name: String, configuration: String, at now: UnixMilliseconds, longestHold: Int64
    ) throws -> Bool {
        try meet(name, configuration: configuration)
        let select = try db.cachedStatement(sql: "SELECT gone_at, not_before FROM alert_channels WHERE name = ?")
        guard let row = try Row.fetchOne(select, arguments: [name]) else { return true }
        let goneAt: Int64? = row[0]
        let notBefore: Int64 = row[1]
        return goneAt == nil && (notBefore <= now || notBefore > now + longestHold)
    }
}
