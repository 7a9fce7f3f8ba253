/// The tables of the operations kernel: step 3; and what a dashboard asks for beyond them: step 4.
extension JournalSchema {
    /// When each task of the scheduler is due next.
    static let taskTables = """
        CREATE TABLE tasks(
            name TEXT PRIMARY KEY,
            interval INTEGER NOT NULL,
            next_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE heartbeats(
            name TEXT PRIMARY KEY,
            at INTEGER NOT NULL,
            pid INTEGER NOT NULL,
            detail TEXT
        ) STRICT, WITHOUT ROWID;

        """

    /// What is wrong now, what each channel was told of it, and what it is still to be told.
    static let alertTables = """
        CREATE TABLE alerts(
            key TEXT PRIMARY KEY,
            source TEXT NOT NULL,
            rule TEXT NOT NULL,
            target TEXT NOT NULL,
            severity INTEGER NOT NULL,
            message TEXT NOT NULL,
            hint TEXT,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            count INTEGER NOT NULL,
            resolved_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE deliveries(
            key TEXT NOT NULL,
            channel TEXT NOT NULL,
            told_at INTEGER,
            told_severity INTEGER,
            told_kind TEXT,
            pending_kind TEXT,
            pending_severity INTEGER,
            pending_since INTEGER,
            pending_message TEXT,
            pending_hint TEXT,
            sequence INTEGER NOT NULL,
            folded INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            not_before INTEGER NOT NULL,
            started_at INTEGER,
            started_sequence INTEGER,
            in_doubt INTEGER NOT NULL,
            PRIMARY KEY(key, channel)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deliveries_pending ON deliveries(channel, pending_severity, pending_since)
            WHERE pending_kind IS NOT NULL;
        CREATE TABLE alert_log(
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            key TEXT NOT NULL,
            kind TEXT NOT NULL,
            severity INTEGER NOT NULL,
            message TEXT NOT NULL
        ) STRICT;
        CREATE INDEX alert_log_by_time ON alert_log(at);
        CREATE INDEX alerts_by_last ON alerts(last_at);
        CREATE TABLE alert_channels(
            name TEXT PRIMARY KEY,
            configuration TEXT NOT NULL,
            gone_at INTEGER,
            gone_reason TEXT,
            not_before INTEGER NOT NULL DEFAULT 0,
            detail TEXT,
            met_at INTEGER NOT NULL DEFAULT 0,
            threshold INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE silences(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            pattern TEXT NOT NULL,
            until INTEGER NOT NULL,
            author TEXT NOT NULL,
            comment TEXT,
            created_at INTEGER NOT NULL
        ) STRICT;

        """

    /// What was restarted, so that no process forgets how often.
    static let watchdogTables = """
        CREATE TABLE restarts(
            id INTEGER PRIMARY KEY,
            service TEXT NOT NULL,
            at INTEGER NOT NULL,
            reason TEXT NOT NULL,
            ended_at INTEGER,
            outcome TEXT
        ) STRICT;
        CREATE INDEX restarts_by_service ON restarts(service, at);
        CREATE TABLE watched(
            service TEXT PRIMARY KEY,
            hands_off_since INTEGER,
            reset_at INTEGER,
            detail TEXT
        ) STRICT, WITHOUT ROWID;

        """

    /// What is believed of the wall clock, see `ClockWitness`; the readings of services that make no run of each;
    /// and whether an alert's key is of the whole of it, see `EarlierAlert`.
    static let clockAndCycleTables = """
        CREATE TABLE clock(
            id INTEGER PRIMARY KEY CHECK (id = 1),
            believed INTEGER NOT NULL,
            boot TEXT NOT NULL,
            uptime INTEGER NOT NULL,
            doubted_by INTEGER,
            doubted_for INTEGER
        ) STRICT;
        CREATE TABLE cycles(
            job TEXT NOT NULL,
            day INTEGER NOT NULL,
            count INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            PRIMARY KEY(job, day)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE alerts ADD COLUMN is_exact INTEGER NOT NULL DEFAULT 0;
        """

    /// How far a run is, where it says so: so many of `total` intervals, noted at a time.
    static let progressColumns = """
        ALTER TABLE runs ADD COLUMN done INTEGER;
        ALTER TABLE runs ADD COLUMN total INTEGER;
        ALTER TABLE runs ADD COLUMN progress_at INTEGER;
        """

    /// How far this host's clock was from an exchange's, when both were compared last.
    static let exchangeClockTable = """
        CREATE TABLE exchange_clocks(
            exchange TEXT PRIMARY KEY,
            at INTEGER NOT NULL,
            ahead INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
