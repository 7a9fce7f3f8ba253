package import Candles
import GRDB
package import Resilience
import SQLiteRows

extension Journal {
    /// What the journal tells of the host's health: some small reads, not one transaction.
    ///
    /// "Today" begins at midnight UTC.
    package func healthReads(
        boot: String = BootIdentity.current, monotonicNow: Int64 = BootIdentity.milliseconds
    ) async throws -> JournalHealth {
        try await read { [now] db in
            let now = now()
            let midnight = now - now % 86_400_000
            var reads = JournalHealth()
            reads.lastCycleEnd = try Int64.fetchOne(
                db,
                sql: """
                    SELECT max(at) FROM (
                        SELECT max(ended_at) AS at FROM runs WHERE \(Self.isCycle) UNION ALL SELECT max(last_at) FROM cycles)
                    """)?.bounded
            reads.cyclesToday =
                try Self.count(db, "runs WHERE ended_at >= ? AND \(Self.isCycle)", midnight)
                + Int(
                    (Int64.fetchOne(
                        db, sql: "SELECT sum(count) FROM cycles WHERE day = ?", arguments: [now / 86_400_000]) ?? 0)
                        .bounded)
            reads.failedLastHour = try Self.count(
                db, "runs WHERE ended_at > ? AND \(Self.hasFailed)", now - 3_600_000)
            reads.alertsToday = try Self.count(db, "alert_log WHERE at >= ? AND kind <> 'resolved'", midnight)
            reads.alertsWeek = try Self.count(
                db, "alert_log WHERE at > ? AND kind <> 'resolved'", now - 7 * 86_400_000)
            for row in try Row.fetchAll(db, sql: "SELECT name, at FROM heartbeats") {
                reads.heartbeats[row[0]] = row[1]
            }
            reads.backups = try Self.backups(db)
            reads.breakers = try Self.breakers(db, boot: boot, monotonicNow: monotonicNow)
            return reads
        }
    }

    /// The jobs that fetch candles, at their end.
    private static let isCycle = """
        ended_at IS NOT NULL AND job IN (\(JobName.allCases.filter(\.isCycle).quoted))
        """

    /// As `JobRun.hasFailed`.
    private static let hasFailed =
        "outcome NOT IN (\(RunOutcome.allCases.filter(\.isGood).quoted)) AND message IS NOT '\(RunOutcome.stopped.rawValue)'"

    private static func count(_ db: Database, _ rows: String, _ from: UnixMilliseconds) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM \(rows)", arguments: [from]) ?? 0
    }

    private static func backups(_ db: Database) throws -> [String: UnixMilliseconds] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT series, max(ended_at) FROM runs
                WHERE job = '\(JobName.backup.rawValue)' AND outcome = '\(RunOutcome.complete.rawValue)' AND series IS NOT NULL GROUP BY series
                """)
        // Names that differ in SQLite may be one to Swift.
        return Dictionary(rows.map { ($0[0], $0[1]) }, uniquingKeysWith: max)
    }

    private static func breakers(_ db: Database, boot: String, monotonicNow: Int64) throws -> [JournalHealth.Breaker] {
        var totals: [String: [BreakerTotal: Int]] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT name, kind, count FROM breaker_totals") {
            if let total = BreakerTotal(rawValue: row[1]) { totals[row[0], default: [:]][total] = row[2] }
        }
        return try String.fetchAll(db, sql: "SELECT name FROM breakers ORDER BY name").map { name in
            let state = try BreakerTable(db: db, name: name, boot: boot).load().state
            return JournalHealth.Breaker(
                name: name, phase: state.shown(at: monotonicNow).phase, totals: totals[name] ?? [:])
        }
    }
}

/// What the journal tells of the host's health.
package struct JournalHealth: Sendable, Equatable {
    package struct Breaker: Sendable, Equatable {
        package let name: String
        package let phase: CircuitBreakerPhase
        /// Counts since the journal began, by kind.
        package let totals: [BreakerTotal: Int]

        package init(name: String, phase: CircuitBreakerPhase, totals: [BreakerTotal: Int] = [:]) {
            self.name = name
            self.phase = phase
            self.totals = totals
        }
    }

    /// When a job that fetches candles last ended, or a stream last read a series.
    package var lastCycleEnd: UnixMilliseconds?
    /// Such jobs and readings that ended since midnight UTC.
    package var cyclesToday = 0
    /// Runs of all jobs.
    package var failedLastHour = 0
    package var alertsToday = 0
    package var alertsWeek = 0
    /// The last beat of each service.
    package var heartbeats: [String: UnixMilliseconds] = [:]
    /// The end of the last backup of each type that is whole.
    package var backups: [String: UnixMilliseconds] = [:]
    package var breakers: [Breaker] = []

    package init() {}
}
