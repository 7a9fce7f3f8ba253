package import Candles
package import Postgres

/// Reads candles of a Postgres database, in transactions that cannot write; a role that may only SELECT is enough.
///
/// A connection that was lost is opened again by the call that notices.
package actor PostgresCandleReader: CandleReader {
    /// So many reads go on at once; one more connection listens.
    private static let connections = 4

    package nonisolated let identity: String
    let report: UnreadableSeries.Report
    private let migrations: [Migration]
    private let connections: [PostgresConnection]
    /// How many calls each connection has.
    private var calls = [Int](repeating: 0, count: connections)
    private let listener: PostgresListener

    /// - Throws: `StorageFault.notThere`, `.schemaOlder`, `.schemaNewer`; `PostgresFault`.
    package init(
        _ settings: PostgresSettings, migrations: [Migration] = Migration.postgres,
        report: @escaping UnreadableSeries.Report = { _ in }
    ) async throws {
        self.report = report
        identity = DatabaseLocation.postgres(settings).identity
        self.migrations = migrations
        let settings = settings.readingOnly
        connections = (0..<Self.connections).map { _ in PostgresConnection(settings) }
        listener = PostgresListener(PostgresConnection(settings), channels: ["candles", "host_status", "tickers"])
        do {
            try await read { _ in }
        } catch {
            await close()
            throw error
        }
    }

    package func close() async {
        for connection in connections { await connection.close() }
        await listener.close()
    }

    package func change(within limit: Duration) async throws -> Bool { try await listener.change(within: limit) }

    /// One read of one state, and only where its schema is the known one.
    func read<T: Sendable>(_ body: @escaping @Sendable (isolated PostgresConnection) throws -> T) async throws -> T {
        // The one with the fewest; where no calls overlap, always the first.
        let index = calls.indices.min { calls[$0] < calls[$1] } ?? 0
        calls[index] += 1
        defer { calls[index] -= 1 }
        do {
            return try await transaction(on: connections[index], body)
        } catch PostgresFault.lost {
            try await connections[index].connect()
            return try await transaction(on: connections[index], body)
        }
    }

    private func transaction<T: Sendable>(
        on connection: PostgresConnection, _ body: @escaping @Sendable (isolated PostgresConnection) throws -> T
    ) async throws -> T {
        let (database, migrations) = (identity, migrations)
        return try await connection.explaining(in: database) { connection in
            try migrations.check(found: connection.candleSchemaVersionOrAbort() ?? 0, database: database)
            return try body(connection)
        }
    }
}

extension PostgresCandleReader {
    package func glances(now: UnixMilliseconds) async throws -> [SeriesGlance] {
        try await read { [report] in try $0.glances(now: now, report: report) }
    }

    package func tickers() async throws -> [TickerReading] { try await read { try $0.tickers() } }

    package func candles(
        of series: StoredSeries, before time: UnixMilliseconds, limit: Int
    ) async throws -> [StoredCandle] {
        try await read { try $0.candles(of: series.id, before: time.clampedToPostgres, limit: limit) }
    }

    package func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        try await read { try $0.candles(of: series.id, in: range.clampedToPostgres, limit: limit) }
    }

    package func candles(
        of symbol: Symbol, period: DerivedPeriod, before time: UnixMilliseconds, limit: Int
    ) async throws -> [StoredCandle] {
        try await read { try $0.candles(of: symbol, period: period, before: time.clampedToPostgres, limit: limit) }
    }

    package func closes(
        of series: StoredSeries, before times: [UnixMilliseconds], age: Duration
    ) async throws -> [Double?] {
        let ranges = times.map { $0.stretch(reachingBack: age) }
        return try await read { try $0.closes(of: series.id, in: ranges) }
    }

    package func total(of series: StoredSeries, in range: TimeRange) async throws -> CandleTotal? {
        try await read { try $0.total(of: series.id, in: range.clampedToPostgres) }
    }

    package func coverage(of series: StoredSeries, in range: TimeRange) async throws -> IntervalSet {
        try await read { try $0.coverage(series.id, in: range.clampedToPostgres) }
    }

    package func presence(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Bool] {
        try await read { try $0.presence(of: series.id, in: ranges.map(\.clampedToPostgres)) }
    }

    package func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] {
        try await read { try $0.counts(of: series.id, in: ranges.map(\.clampedToPostgres)) }
    }

    package func gaps(now: UnixMilliseconds) async throws -> [Gap] {
        try await read { [report] in try $0.gaps(now: now, report: report) }
    }

    package func hostStatuses() async throws -> [PublishedStatus] { try await read { try $0.hostStatuses() } }
}

extension PostgresCandleReader {
    /// Whether the role could change candles, which no reader does and none needs.
    package func mayWrite() async throws -> Bool {
        try await read { connection in
            let row = try connection.runQuery("SELECT has_table_privilege('candle', 'INSERT, UPDATE, DELETE')").rows
                .first
            return (row?.first ?? nil) == "t"
        }
    }
}
