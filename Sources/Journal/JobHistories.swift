package import Candles
import GRDB
import SQLiteRows

extension Journal {
    private static let historyLimit = JobHistory.durationLimit + 1

    /// Every job and task that ran since a time, and every task that is to run; tasks last, each by name.
    ///
    /// Some small reads, not one transaction; none of them is of all runs.
    package func jobHistories(since: UnixMilliseconds) async throws -> [JobHistory] {
        try await read { [now] db in
            let now = now()
            var histories: [JobHistory] = []
            for (job, series) in try Self.jobs(db) where job != JobName.task.rawValue {
                let history = try Self.history(db, job, series, since: since, now: now)
                if let history { histories.append(history) }
            }
            return histories + (try Self.tasks(db, since: since, now: now))
        }
    }

    private static func tasks(
        _ db: Database, since: UnixMilliseconds, now: UnixMilliseconds
    ) throws -> [JobHistory] {
        try Row.fetchAll(db, sql: "SELECT name, interval, next_at FROM tasks ORDER BY name").map { row in
            let name: String = row[0]
            var history =
                try history(db, JobName.task.rawValue, name, since: since, now: now)
                ?? JobHistory(job: JobName.task.rawValue, series: name)
            history.interval = row[1]
            history.nextDue = row[2]
            return history
        }
    }

    /// The newest runs of one job and series; nil where there are none.
    private static func history(
        _ db: Database, _ job: String, _ series: String?, since: UnixMilliseconds, now: UnixMilliseconds
    ) throws -> JobHistory? {
        let select = try db.cachedStatement(
            // What began later than now began before the clock was set back.
            sql: """
                SELECT * FROM runs WHERE job = ? AND series IS ? AND started_at BETWEEN ? AND ?
                ORDER BY started_at DESC, id DESC LIMIT ?
                """)
        let runs = try Row.fetchAll(select, arguments: [job, series, since, now, historyLimit]).map(JobRun.init)
        if runs.isEmpty { return nil }
        let lastOk = try runs.first(where: \.isWhole)?.endedAt ?? lastOk(db, job, series, before: runs)
        return JobHistory(job: job, series: series, runs: runs, lastOk: lastOk) { run in
            RunHolder.isAlive(run.pid, since: run.startedAt, now: now)
        }
    }

    /// The end of the newest run that left nothing to do, older than those that are known.
    private static func lastOk(
        _ db: Database, _ job: String, _ series: String?, before known: [JobRun]
    ) throws -> UnixMilliseconds? {
        guard known.count == historyLimit, let oldest = known.last else { return nil }
        let whole = try db.cachedStatement(
            sql: """
                SELECT ended_at FROM runs WHERE job = ? AND series IS ? AND started_at <= ? AND ended_at IS NOT NULL
                    AND outcome IN (\(RunOutcome.allCases.filter(\.isWhole).quoted))
                ORDER BY started_at DESC, id DESC LIMIT 1
                """)
        return try Int64.fetchOne(whole, arguments: [job, series, oldest.startedAt])
    }

    /// Every job with every series that it ran for: a step through the index for each, since runs are many.
    private static func jobs(_ db: Database) throws -> [(job: String, series: String?)] {
        var found: [(job: String, series: String?)] = []
        var last = ""
        let nextJob = try db.cachedStatement(sql: "SELECT min(job) FROM runs WHERE job > ?")
        let withoutSeries = try db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM runs WHERE job = ? AND series IS NULL)")
        let nextSeries = try db.cachedStatement(sql: "SELECT min(series) FROM runs WHERE job = ? AND series > ?")
        while let job = try String.fetchOne(nextJob, arguments: [last]) {
            if try Bool.fetchOne(withoutSeries, arguments: [job]) == true { found.append((job, nil)) }
            var series = ""
            while let next = try String.fetchOne(nextSeries, arguments: [job, series]) {
                found.append((job, next))
                series = next
            }
            last = job
        }
        return found
    }
}
