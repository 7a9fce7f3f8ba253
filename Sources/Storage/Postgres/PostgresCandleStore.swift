import Candles
package import Postgres
package import Resilience

/// Candles in a Postgres database, over one connection that comes back after the server was restarted.
package actor PostgresCandleStore: CandleStore {
    package nonisolated let identity: String
    private let connection: PostgresConnection
    private let clock: any Clock<Duration>
    private let retry: RetryPolicy
    private var locks: [(name: String, shared: Bool)] = []
    private var isReconnecting = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Connects and brings the schema up to date.
    ///
    /// `retry` says how often a lost connection is opened again and the transaction repeated: a page is safe to store twice.
    ///
    /// - Throws: `PostgresFault`, `StorageFault.schemaNewer`, `.migrationNeedsBackup`.
    package init(
        _ settings: PostgresSettings, clock: any Clock<Duration>,
        retry: RetryPolicy = RetryPolicy(attempts: 5, backoff: Backoff(base: .milliseconds(250), cap: .seconds(4))),
        migrations: [Migration] = Migration.postgres, backup: MigrationBackup = .required
    ) async throws {
        identity = DatabaseLocation.postgres(settings).identity
        connection = PostgresConnection(settings)
        self.clock = clock
        self.retry = retry
        do {
            try await connection.connect()
            try await PostgresMigrator(database: identity, connection: connection, migrations: migrations).run(
                backup: backup)
        } catch {
            await connection.close()
            throw error
        }
    }

    package func close() async { await connection.close() }

    package func lock(_ name: String, shared: Bool) async throws -> Bool {
        if locks.contains(where: { $0.name == name && $0.shared == shared }) { return true }
        let taken = try await take(name, shared: shared)
        if taken { locks.append((name, shared)) }
        return taken
    }

    private func take(_ name: String, shared: Bool) async throws -> Bool {
        let function = shared ? "pg_try_advisory_lock_shared" : "pg_try_advisory_lock"
        let result = try await connection.query("SELECT \(function)(hashtextextended($1, 0))", [name])
        return result.rows.first?.first == "t"
    }

    /// One transaction, repeated on a new connection where the old one was lost.
    func transaction<T: Sendable>(_ body: @escaping @Sendable (isolated PostgresConnection) throws -> T) async throws
        -> T
    {
        try await retry.run(clock: clock) { _ in
            try await beReady()
            return try await connection.transaction(body)
        }
    }

    /// Waits for a connection that holds the job's locks; of several callers one opens it again.
    private func beReady() async throws {
        while isReconnecting { await withCheckedContinuation { waiting.append($0) } }
        if await connection.isConnected, !isReconnecting { return }
        if isReconnecting { return try await beReady() }
        isReconnecting = true
        defer {
            isReconnecting = false
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
        try await reconnect()
    }

    /// The server forgets a session's locks; without them this job must not go on.
    private func reconnect() async throws {
        try await connection.connect()
        for lock in locks where try await !take(lock.name, shared: lock.shared) {
            await connection.close()
            throw StorageFault.busy(database: identity)
        }
    }
}

/// Brings the schema of one Postgres database up to date.
struct PostgresMigrator {
    let database: String
    let connection: PostgresConnection
    let migrations: [Migration]

    /// - Throws: `StorageFault.schemaNewer`, `.migrationNeedsBackup`, `PostgresFault`. All steps are one transaction.
    func run(backup: MigrationBackup) async throws {
        let database = database
        let migrations = migrations
        let plan = try await connection.transaction {
            try MigrationPlan(found: Self.version($0), migrations: migrations, database: database)
        }
        if plan.steps.isEmpty { return }
        try await connection.transaction { connection in
            // Another process may be migrating at this moment.
            try connection.runQuery("SELECT pg_advisory_xact_lock(hashtextextended('cryptotrader migration', 0))")
            // Before the look at the version: waiting for the lock did not refresh what this session knows of the tables.
            try connection.runScript("CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value text NOT NULL)")
            let plan = try MigrationPlan(found: Self.version(connection), migrations: migrations, database: database)
            if case .required = backup, plan.found > 0, !plan.steps.isEmpty,
                try connection.runQuery("SELECT 1 FROM candle LIMIT 1").rows.count > 0
            {
                throw StorageFault.migrationNeedsBackup(plan, of: database)
            }
            for step in plan.steps {
                try connection.runScript(step.sql)
                try connection.runQuery(
                    """
                    INSERT INTO meta VALUES ('schema_version', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value
                    """, [String(step.version)])
            }
        }
    }

    private static func version(_ connection: isolated PostgresConnection) throws -> Int {
        guard try connection.runQuery("SELECT to_regclass('meta')").rows.first?.first ?? nil != nil else { return 0 }
        let row = try connection.runQuery("SELECT value FROM meta WHERE key = 'schema_version'").rows.first
        return (row?.first ?? nil).flatMap { Int($0) } ?? 0
    }
}
