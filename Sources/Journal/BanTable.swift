import Candles
import GRDB
import Resilience
import SQLiteRows

/// The ban of one host within one transaction.
struct BanTable {
    let db: Database
    let host: String

    /// Whether there is one, without its particulars.
    func exists() throws -> Bool {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM bans WHERE host = ?"), arguments: [host]) != nil
    }

    func ban(at now: UnixMilliseconds) throws -> RequestBan? {
        let select = try db.cachedStatement(
            sql: "SELECT set_at, until, wait, probe, probe_until FROM bans WHERE host = ?")
        guard let row = try Row.fetchOne(select, arguments: [host]) else { return nil }
        var ban = RequestBan(
            setAt: row[0], until: row[1], wait: row[2], probe: row[3], probeUntil: row[4])
        let found = ban
        ban.follow(clockSetBackTo: now)
        if ban != found { try save(ban) }
        return ban
    }

    func save(_ ban: RequestBan) throws {
        try db.execute(
            sql:
                "INSERT OR REPLACE INTO bans(host, set_at, until, wait, probe, probe_until) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [host, ban.setAt, ban.until, ban.wait, ban.probe, ban.probeUntil])
    }

    /// The host answered this probe.
    func end(probe: Int64) throws {
        try db.execute(sql: "DELETE FROM bans WHERE host = ? AND probe = ?", arguments: [host, probe])
    }

    /// This probe found nothing out; the next one may go.
    func giveUp(probe: Int64) throws {
        try db.execute(
            sql: "UPDATE bans SET probe_until = NULL WHERE host = ? AND probe = ?",
            arguments: [host, probe])
    }
}
