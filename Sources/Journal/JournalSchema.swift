import GRDB
import SQLiteRows

/// The journal's tables, as numbered steps that are never changed once released.
enum JournalSchema {
    /// Brings a database up to date.
    ///
    /// - Returns: The version found, where it is newer than the last step; nothing is changed then.
    static func migrate(_ db: Database) throws -> Int? {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if found > steps.count { return found }
        for (index, step) in steps.enumerated().dropFirst(found) {
            try db.inTransaction(.immediate) {
                try db.execute(sql: step)
                try db.execute(sql: "PRAGMA user_version = \(index + 1)")
                return .commit
            }
        }
        return nil
    }

    static let steps = [
        """
        CREATE TABLE requests(
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            priority INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            lease_until INTEGER NOT NULL,
            ended_at INTEGER
        ) STRICT;
        CREATE INDEX requests_by_end ON requests(host, endpoint, ended_at);
        CREATE INDEX requests_by_priority ON requests(host, endpoint, priority, started_at);
        CREATE TABLE waiters(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            host TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            priority INTEGER NOT NULL,
            seen_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE bans(
            host TEXT PRIMARY KEY,
            set_at INTEGER NOT NULL,
            until INTEGER NOT NULL,
            wait INTEGER NOT NULL,
            probe INTEGER NOT NULL,
            probe_until INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE breakers(
            name TEXT PRIMARY KEY,
            boot TEXT NOT NULL,
            phase TEXT NOT NULL,
            generation INTEGER NOT NULL,
            settled INTEGER NOT NULL,
            state TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE breaker_totals(
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY(name, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE breaker_events(
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            detail TEXT
        ) STRICT;
        CREATE INDEX breaker_events_by_time ON breaker_events(at);
        CREATE TABLE runs(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            job TEXT NOT NULL,
            series TEXT,
            pid INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            outcome TEXT,
            message TEXT
        ) STRICT;
        CREATE INDEX runs_by_start ON runs(started_at);
        """,
        """
        ALTER TABLE waiters ADD COLUMN served_at INTEGER NOT NULL DEFAULT 9223372036854775807;
        CREATE INDEX runs_by_series ON runs(job, series, started_at);
        CREATE TABLE outages(
            id INTEGER PRIMARY KEY,
            database TEXT NOT NULL,
            from_time INTEGER NOT NULL,
            to_time INTEGER NOT NULL,
            reported_at INTEGER NOT NULL
        ) STRICT;
        """,
        taskTables + alertTables + watchdogTables,
        progressColumns,
        clockAndCycleTables,
        exchangeClockTable,
    ]
}
