import Alerts
import Foundation
import GRDB
import Journal
import Resilience
import TestSupport
import Testing

/// A journal may have been written by anybody: no number in it ends the process that reads it.
@Suite("Hostile journal", .timeLimit(.minutes(30))) struct HostileJournalTests {
    /// Columns of whole numbers by table, as the file has them.
    private static func columns(_ db: Database) throws -> [String: [(name: String, type: String)]] {
        let tables = try String.fetchAll(
            db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        return Dictionary(
            uniqueKeysWithValues: try tables.map { table in
                let rows = try Row.fetchAll(db, sql: "SELECT name, type FROM pragma_table_info(?)", arguments: [table])
                return (table, rows.map { (name: $0["name"] as String, type: $0["type"] as String) })
            })
    }

    /// Fills each table with rows of hostile numbers.
    private static func fill(_ db: Database, _ hostile: inout Hostile) throws {
        let names = [
            "a", "\u{E9}", "e\u{301}", "api.example", "realtime", "BTCUSD-1m", "task", "candles", "log", "message",
            "open",
        ]
        for (table, columns) in try columns(db) {
            try db.execute(sql: "DELETE FROM \(table)")
            for _ in 0..<4 {
                let values = columns.map { column -> (any DatabaseValueConvertible)? in
                    if column.type == "TEXT" || column.type == "ANY" {
                        return names.randomElement(using: &hostile.random) ?? ""
                    }
                    if column.type == "REAL" { return Double(hostile.integer()) }
                    return hostile.integer()
                }
                let marks = Array(repeating: "?", count: columns.count).joined(separator: ",")
                let list = columns.map(\.name).joined(separator: ",")
                // A row that the table's own rules refuse is not there.
                try db.execute(
                    sql: "INSERT OR IGNORE INTO \(table)(\(list)) VALUES (\(marks))",
                    arguments: StatementArguments(values))
            }
        }
    }

    private static func read(_ journal: Journal, now: Int64) async throws {
        for history in try await journal.jobHistories(since: .min) {
            _ = history.state(at: JobMoment(now: now, bootedAt: now - 1))
        }
        for run in try await journal.runs(limit: 100) + journal.latestRuns(since: 0, limit: 100) {
            _ = run.progress?.secondsLeft(since: run.startedAt, now: now)
        }
        for breaker in try await journal.breakers() { _ = breaker.standing(now: now) }
        for (_, at) in try await journal.heartbeats() { _ = ServiceState.state(beatAt: at, now: now) }
        for alert in try await journal.firingAlerts(since: 0) { _ = alert.count + 1 }
        _ = try await journal.pendingAlerts()
        _ = try await journal.alertNews(since: 0)
        _ = try await journal.silences()
        _ = try await journal.goneAlertChannels()
        _ = try await journal.restarts(limit: 100)
        _ = try await journal.restartTimes(of: "a", within: .seconds(3600))
        _ = try await journal.taskTimes()
        _ = try await journal.clock(of: "a").map { abs($0.ahead) }
        _ = try await journal.requests(since: 0)
        _ = try await journal.lastEnd(of: "realtime", series: "BTCUSD-1m", outcome: "open")
    }

    @Test func `no number of any table ends the process`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var hostile = Hostile(seed: seed)
        let host = try Host()
        let journal = try host.journal()
        let queue = try DatabaseQueue(path: host.database.path)
        var values = 0
        // Some two hundred and fifty numbers a round.
        while values < Effort.rounds(20_000, long: 1_000_000) {
            let before = hostile
            hostile = try await queue.write { db in
                var hostile = before
                try Self.fill(db, &hostile)
                return hostile
            }
            values += 250
            // What cannot be read is a fault in words.
            do { try await Self.read(journal, now: host.clock.milliseconds) } catch is JournalFault {}
            do {
                let budget = try host.budget(limit: 20)
                let permit = try await budget.acquire(endpoint: "a", priority: .realtime, patience: .zero)
                try await budget.finish(permit, .rateLimited(retryAfter: .seconds(1)))
            } catch is BudgetFault {} catch is JournalFault {}
            do {
                let breaker = try host.breaker()
                try await breaker.record(try await breaker.admit(), succeeded: false)
            } catch is any Fault {} catch is DecodingError {}
        }
    }
}
