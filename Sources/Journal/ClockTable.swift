package import Candles
package import GRDB
import Resilience
import SQLiteRows

extension Journal {
    /// The time by which ages count on this host: never later than is proven, so that a clock that jumped ahead deletes nothing.
    ///
    /// `evidence` is the latest time that what is to be deleted tells of itself; it counts where the journal knows nothing yet.
    package func agesNow(evidence: UnixMilliseconds? = nil) async throws -> UnixMilliseconds {
        try await write { [uptime] db, now in
            try ClockTable(db: db, uptime: uptime()).ages(at: now, evidence: evidence)
        }
    }
}

/// What is believed of the wall clock, within one transaction.
package struct ClockTable {
    let db: Database
    /// Milliseconds since boot.
    let uptime: Int64
    var boot = BootIdentity.current

    /// `uptime` in milliseconds since boot.
    package init(db: Database, uptime: Int64) {
        self.db = db
        self.uptime = uptime
    }

    /// As `Journal.agesNow`.
    package func ages(at now: UnixMilliseconds, evidence: UnixMilliseconds? = nil) throws -> UnixMilliseconds {
        let known = try load()
        let witness =
            try known?.next(now, boot: boot, uptime: uptime)
            ?? ClockWitness(first: now, evidence: (try lastNoted() ?? evidence)?.bounded, boot: boot, uptime: uptime)
        try save(witness)
        return witness.ages(at: now)
    }

    private func load() throws -> ClockWitness? {
        let select = try db.cachedStatement(
            sql: "SELECT believed, boot, uptime, doubted_by, doubted_for FROM clock WHERE id = 1")
        return try Row.fetchOne(select).map { row in
            // Whatever stands in the file, no sum of it ends the process.
            let (believed, uptime): (Int64, Int64) = (row[0], row[2])
            let (by, lived): (Int64?, Int64?) = (row[3], row[4])
            return ClockWitness(
                believed: believed.bounded, boot: row[1], uptime: uptime.bounded,
                doubt: by.map { ClockWitness.Doubt(by: $0.bounded, lived: (lived ?? 0).bounded) })
        }
    }

    private func save(_ witness: ClockWitness) throws {
        try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO clock(id, believed, boot, uptime, doubted_by, doubted_for) VALUES (1, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            witness.believed, witness.boot, witness.uptime, witness.doubt?.by, witness.doubt?.lived,
        ])
    }

    /// What earlier versions noted last; nil in a journal that is new.
    private func lastNoted() throws -> UnixMilliseconds? {
        try Int64.fetchOne(
            db,
            sql: """
                SELECT max(at) FROM (
                    SELECT max(at) AS at FROM alert_log UNION ALL SELECT max(last_at) FROM alerts
                    UNION ALL SELECT max(started_at) FROM runs UNION ALL SELECT max(at) FROM heartbeats
                    UNION ALL SELECT max(at) FROM restarts UNION ALL SELECT max(at) FROM breaker_events)
                """)
    }
}
