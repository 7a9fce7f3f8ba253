package import Candles
internal import GRDB

/// Reads candles of one SQLite file, which it never writes: it makes no file, and holds up no writer.
///
/// The file may be written meanwhile, be deleted, replaced, or made anew: each call reads what the path then leads to.
package actor SQLiteCandleReader: CandleReader {
    /// How often the file is looked at for a change.
    static let pause = Duration.milliseconds(100)
    /// So often a read begins again because the file changed under it; then a writer is at work, which keeps a log.
    private static let attempts = 5

    /// What a change is known by: which opening of the file, and what SQLite counts since then.
    private struct Mark: Equatable {
        let opening: Int
        let dataVersion: Int
    }

    package nonisolated let identity: String
    let report: UnreadableSeries.Report
    private let path: String
    private let clock: any Clock<Duration>
    private let migrations: [Migration]
    private var reading: SQLiteReading?
    private var openings = 0
    private var seen: Mark?

    /// - Throws: `StorageFault.notThere`, `.schemaOlder`, `.schemaNewer`, `.cannotOpen`, `.notADatabase`.
    package init(
        path: String, clock: any Clock<Duration>, migrations: [Migration] = Migration.sqlite,
        report: @escaping UnreadableSeries.Report = { _ in }
    ) async throws {
        self.report = report
        self.path = path
        self.clock = clock
        self.migrations = migrations
        identity = DatabaseLocation.sqlite(path: path).identity
        try await read { _ in }
    }

    package func close() async {
        // An error here means that a statement is still open; the process's end closes the file all the same.
        try? reading?.pool.close()
        reading = nil
    }

    /// One read of one state, and only where its schema is the known one.
    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        do {
            for _ in 0..<Self.attempts {
                let reading = try current()
                if let value = try await read(by: reading, body) { return value }
                try Task.checkCancellation()
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            let fault = await reading?.pool.explained(error, path: path) ?? StorageFault(error, path: path)
            // What is damaged is let go of, so that it can be replaced.
            if case .notADatabase = fault { reading = nil }
            throw fault
        }
        throw StorageFault.busy(database: path)
    }

    /// Nil where the file changed meanwhile, so that what was read, or went wrong, means nothing.
    private func read<T: Sendable>(
        by reading: SQLiteReading, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T? {
        let (path, migrations) = (path, migrations)
        do {
            let value = try await reading.pool.read { db in
                try migrations.check(found: db.candleSchemaVersion() ?? 0, database: path)
                return try body(db)
            }
            return reading.isSound ? value : nil
        } catch  where !(error is CancellationError) && !reading.isCurrent {
            return nil
        }
    }

    /// The connections to what is there now; those to what was there end with their last read.
    private func current() throws -> SQLiteReading {
        if let reading, reading.isCurrent { return reading }
        reading = nil
        openings += 1
        let opened = try SQLiteReading(path: path)
        reading = opened
        return opened
    }
}

extension SQLiteCandleReader {
    package func change(within limit: Duration) async throws -> Bool {
        var waited = Duration.zero
        while try await !hasChanged() {
            if waited >= limit { return false }
            let pause = min(Self.pause, limit - waited)
            try await clock.sleep(for: pause)
            waited += pause
        }
        return true
    }

    private func hasChanged() async throws -> Bool {
        do {
            let reading = try current()
            let opening = openings
            let mark = Mark(opening: opening, dataVersion: try await reading.dataVersion())
            defer { seen = mark }
            return mark != seen
        } catch let error as CancellationError {
            throw error
        } catch {
            seen = nil
            throw StorageFault(error, path: path)
        }
    }
}

extension SQLiteCandleReader {
    package func glances(now: UnixMilliseconds) async throws -> [SeriesGlance] {
        try await read { [report] in try $0.glances(now: now, report: report) }
    }

    package func tickers() async throws -> [TickerReading] { try await read { try $0.tickers() } }

    package func candles(
        of series: StoredSeries, before time: UnixMilliseconds, limit: Int
    ) async throws -> [StoredCandle] {
        try await read { try $0.candles(of: series.id, before: time, limit: limit) }
    }

    package func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        try await read { try $0.candles(of: series.id, in: range, limit: limit) }
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
        try await read { try $0.total(of: series.id, in: range) }
    }

    package func coverage(of series: StoredSeries, in range: TimeRange) async throws -> IntervalSet {
        try await read { try $0.coverage(series.id, in: range) }
    }

    package func presence(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Bool] {
        try await read { try $0.presence(of: series.id, in: ranges) }
    }

    package func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] {
        try await read { try $0.counts(of: series.id, in: ranges) }
    }

    package func gaps(now: UnixMilliseconds) async throws -> [Gap] {
        try await read { [report] in try $0.gaps(now: now, report: report) }
    }

    package func hostStatuses() async throws -> [PublishedStatus] { try await read { try $0.hostStatuses() } }
}
