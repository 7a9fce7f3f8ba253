package import Candles
package import Postgres
package import Resilience

/// Candles in a Postgres database, over one connection that comes back after the server was restarted.
package actor PostgresCandleStore: CandleStore {
    package nonisolated let identity: String
    private let connection: PostgresConnection
    private let clock: any Clock<Duration>
    private let retry: RetryPolicy
    /// What the database was called when it was opened.
    private let databaseID: String?
    private let onOutage: @Sendable (any Fault, Duration) -> Void
    private var locks: [(name: String, shared: Bool)] = []
    private var isReconnecting = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Connects and brings the schema up to date.
    ///
    /// `retry` says how often, or for how long, a lost connection is opened again and the transaction repeated: a page is safe to
    /// store twice. `onOutage` is told of each wait that only patience explains.
    ///
    /// - Throws: `PostgresFault`, `StorageFault.schemaNewer`, `.migrationNeedsBackup`.
    package init(
        _ settings: PostgresSettings, clock: any Clock<Duration>,
        retry: RetryPolicy = .quickTransaction(),
        migrations: [Migration] = Migration.postgres, backup: MigrationBackup = .required,
        onOutage: @escaping @Sendable (any Fault, Duration) -> Void = { _, _ in }
    ) async throws {
        identity = DatabaseLocation.postgres(settings).identity
        connection = PostgresConnection(settings)
        self.clock = clock
        self.retry = retry
        self.onOutage = onOutage
        do {
            try await connection.connect()
            try await PostgresMigrator(database: identity, connection: connection, migrations: migrations).run(
                backup: backup)
            databaseID = try await connection.transaction { [identity] in try $0.databaseID(in: identity) }
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
    ///
    /// - Throws: `StorageFault.replaced` where the server now has another database under this name.
    func transaction<T: Sendable>(_ body: @escaping @Sendable (isolated PostgresConnection) throws -> T) async throws
        -> T
    {
        let (database, opened) = (identity, databaseID)
        return try await retry.run(
            clock: clock,
            onRetry: { attempt, fault, wait in if attempt >= retry.attempts { onOutage(fault, wait) } },
            // Not for a lock that another job took meanwhile.
            isAway: { $0 is PostgresFault }
        ) { _ in
            try await beReady()
            return try await connection.explaining(in: database) { connection in
                if try connection.databaseID(in: database) != opened { throw StorageFault.replaced(database: database) }
                return try body(connection)
            }
        }
    }

    package func ensureSame() async throws { try await transaction { _ in } }

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

// Each read is one transaction, whose query stands with the tables.
extension PostgresCandleStore {
    package func find(_ series: Series) async throws -> StoredSeries? {
        try await transaction { try $0.find(series) }
    }

    package func coverage(of series: StoredSeries) async throws -> IntervalSet {
        try await transaction { try $0.coverage(series.id) }
    }

    package func edges(
        of series: StoredSeries, in range: TimeRange
    ) async throws -> (oldest: UnixMilliseconds, newest: UnixMilliseconds)? {
        try await transaction { connection in
            let row = try connection.runQuery(
                """
                SELECT unix_ms(min(open_time)), unix_ms(max(open_time)) FROM candle
                WHERE series_id = $1 AND open_time >= from_unix_ms($2) AND open_time < from_unix_ms($3)
                """, ["\(series.id)", "\(range.start)", "\(range.end)"]
            ).typedRows.first
            guard let oldest = try row?.integer(0), let newest = try row?.integer(1) else { return nil }
            return (oldest, newest)
        }
    }

    package func overview(now: UnixMilliseconds) async throws -> [SeriesOverview] {
        try await transaction { try $0.overview(now: now) }
    }

    package func gaps(now: UnixMilliseconds) async throws -> [Gap] { try await transaction { try $0.gaps(now: now) } }

    package func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        try await transaction { try $0.candles(of: series.id, in: range, limit: limit) }
    }

    package func lastFinal(of series: StoredSeries) async throws -> UnixMilliseconds? {
        try await transaction { connection in
            try connection.runQuery(
                "SELECT unix_ms(last_final) FROM series_stats WHERE series_id = $1", ["\(series.id)"]
            ).typedRows.first?.integer(0)
        }
    }

    package func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] {
        try await transaction { try $0.counts(of: series.id, in: ranges) }
    }

    package func disagreements(of series: StoredSeries) async throws -> Set<Disagreement> {
        try await transaction { connection in
            Set(
                try connection.runQuery(
                    "SELECT timeframe, unix_ms(open_time), coarse, folded FROM disagreements WHERE series_id = $1",
                    ["\(series.id)"]
                ).typedRows.map {
                    Disagreement(
                        timeframe: try Timeframe($0.text(0)), openTime: try $0.required(1), coarse: try $0.text(2),
                        folded: try $0.text(3))
                })
        }
    }

    package func publish(status document: String, of host: String, at time: UnixMilliseconds) async throws {
        try await transaction { connection in
            try connection.runQuery(
                """
                INSERT INTO host_status(host, at, document) VALUES ($1, from_unix_ms($2), $3::jsonb)
                ON CONFLICT (host) DO UPDATE SET at = excluded.at, document = excluded.document
                """, [host, "\(time)", document])
            try connection.runQuery("SELECT pg_notify('host_status', $1)", [host])
        }
    }

    package func hostStatuses() async throws -> [PublishedStatus] {
        try await transaction { try $0.hostStatuses() }
    }
}

extension RetryPolicy {
    /// Five times within some seconds, which a server that restarts may take, and then as long as there is patience.
    package static func quickTransaction(patience: Patience? = nil) -> RetryPolicy {
        RetryPolicy(
            attempts: 5, backoff: Backoff(base: .milliseconds(250), cap: .seconds(4)), patience: patience)
    }
}
